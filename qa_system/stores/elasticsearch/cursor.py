"""Going through the documents of an index as they are at one moment, however many there are."""

from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

PAGE = 2_000
IDS_PAGE = 10_000
_KEEP_ALIVE = "5m"


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
    first = client.search(index=index, ignore_unavailable=True, sort="_doc", **request)["hits"]["hits"]
    if len(first) < request["size"]:
        yield from first
    else:
        yield from _pages(client, index, request)


def _pages(client: Elasticsearch, index: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    pit = client.open_point_in_time(index=index, keep_alive=_KEEP_ALIVE)["id"]
    after: dict[str, Any] = {}
    try:
        while True:
            found = client.search(pit={"id": pit, "keep_alive": _KEEP_ALIVE}, sort="_shard_doc", **after, **request)
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
