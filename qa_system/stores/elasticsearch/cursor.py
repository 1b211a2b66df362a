"""Going through the documents of an index as they are at one moment, however many there are."""

from collections.abc import Iterator
from time import sleep
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError

from qa_system.stores.elasticsearch.connection import is_busy

PAGE = 2_000
IDS_PAGE = 10_000
_KEEP_ALIVE = "1h"
"""From page to page: an encoder on a CPU may take minutes for one."""
_PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds. Within them a cluster that lost a node has other copies of its shards take over."""


def search(client: Elasticsearch, index: str, **request: Any) -> Any:
    """
    Search all of an index: where a shard does not answer, nothing is found rather than a part.

    What is not found would be taken for gone, by the embedding job as by a shopper.

    :param client: The client.
    :param index: Name of the index; one that is not there has no documents.
    :param request: What the search says.
    :returns: The answer.
    :raises ApiError: The cluster refuses, or stays overloaded or without a shard for some seconds.
    :raises TransportError: It cannot be reached.
    """
    request |= {"ignore_unavailable": True, "allow_partial_search_results": False}
    for pause in _PAUSES:
        try:
            return client.search(index=index, **request)
        except (ApiError, TransportError) as error:
            if not is_busy(error):
                raise
            sleep(pause)
    return client.search(index=index, **request)


def count(client: Elasticsearch, index: str, query: dict[str, Any]) -> int:
    """
    Count everything that matches.

    Elasticsearch's own `_count` is not used: where a shard does not answer it counts the others.

    :param client: The client.
    :param index: Name of the index; one that is not there has no documents.
    :param query: What to match.
    :returns: How many documents do.
    """
    found = search(client, index, size=0, track_total_hits=True, query=query)
    return int(found["hits"]["total"]["value"])


def all_hits(client: Elasticsearch, index: str, query: dict[str, Any], **request: Any) -> Iterator[dict[str, Any]]:
    """
    Go through everything that matches.

    One request is enough where the hits fill less than a page, as those of an item do. Else a point in time is kept:
    pages of a changing index would repeat some documents and leave out others.

    :param client: The client.
    :param index: Name of the index; one that is not there has no documents.
    :param query: What to match.
    :param request: What else the search says, such as `source`; `size` is that of a page.
    :returns: The hits, in no order that means anything.
    """
    request = {"size": PAGE, "track_total_hits": False, "query": {"bool": {"filter": [query]}}, **request}
    first = search(client, index, sort="_doc", **request)["hits"]["hits"]
    if len(first) < request["size"]:
        yield from first
    else:
        yield from _pages(client, index, request)


def _pages(client: Elasticsearch, index: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    pit = client.open_point_in_time(index=index, keep_alive=_KEEP_ALIVE)["id"]
    after: dict[str, Any] = {}
    try:
        while True:
            here: dict[str, Any] = {"pit": {"id": pit, "keep_alive": _KEEP_ALIVE}, "sort": "_shard_doc"}
            found = client.search(**here, allow_partial_search_results=False, **after, **request)
            pit, hits = found["pit_id"], found["hits"]["hits"]
            yield from hits
            if len(hits) < request["size"]:
                return
            after = {"search_after": hits[-1]["sort"]}
    finally:
        _close(client, pit)


def _close(client: Elasticsearch, pit: str) -> None:
    try:
        client.close_point_in_time(id=pit)
    except NotFoundError:  # it was kept longer than its time
        return
