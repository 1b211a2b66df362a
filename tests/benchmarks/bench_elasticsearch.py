"""
The Elasticsearch store against Haystack's integration as its README shows it and the bare client, on one server.

Run it by hand, with a server that nobody else uses:

    QA_TEST_ELASTICSEARCH_URL=http://127.0.0.1:9200 python tests/benchmarks/bench_elasticsearch.py
    … bench_elasticsearch.py --curve 10000 100000 1000000

The first shows the targets, over 20,000 reviews, medians of five rounds; the second how speed and size grow. The
reviews are Amazon's, from the shared data in `../shared` or where `QA_TEST_SHARED` says, as often as it takes; where
there is none, they are made of random words.
"""

import argparse
import gzip
import json
import os
import random
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk
from haystack import Document
from haystack_integrations.components.retrievers.elasticsearch import ElasticsearchBM25Retriever
from haystack_integrations.document_stores.elasticsearch import ElasticsearchDocumentStore

from qa_system import index, load_settings
from qa_system.settings import Settings
from qa_system.stores.elasticsearch.store import ElasticsearchStore
from qa_system.stores.retriever import BM25Retriever

REVIEWS, FEW_REVIEWS, REVIEWS_PER_ITEM, QUERIES, TOP_K, ROUNDS = 20_000, 1_000, 33, 200, 10, 5
SHARED = Path(os.environ.get("QA_TEST_SHARED", Path(__file__).parents[3] / "shared"))
QUESTIONS = ("Is the battery life good?", "how is the sound quality", "does it fit", "screen bright enough outdoors")
PREFIX = "qa-bench"


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--curve", type=int, nargs="*", metavar="REVIEWS")
    sizes = arguments.parse_args().curve
    with Elasticsearch(os.environ["QA_TEST_ELASTICSEARCH_URL"], request_timeout=120) as client:
        try:
            curve(client, sizes) if sizes else targets(client)
        finally:
            clean_up(client)


def targets(client: Elasticsearch) -> None:
    with TemporaryDirectory() as folder:
        source = write_reviews(Path(folder) / "reviews.jsonl", REVIEWS)
        readme = rate(FEW_REVIEWS, lambda: write_as_readme(source))
        bare, ours, again = [], [], []
        for _ in range(ROUNDS):  # in turn, as the server is quicker the longer it has run
            clean_up(client)
            bare.append(rate(REVIEWS, lambda: write_bare(client, source)))
            ours.append(rate(REVIEWS, lambda: write_ours(source)))
            again.append(rate(REVIEWS, lambda: write_ours(source)))
    ratio = median(mine / theirs for mine, theirs in zip(ours, bare, strict=True))
    print(f"{REVIEWS:,} reviews, {REVIEWS // REVIEWS_PER_ITEM:,} items, documents a second\n")
    print(f"write_documents as in the integration's README ({FEW_REVIEWS:,}) {readme:10,.0f}")
    print(f"bare helpers.streaming_bulk of the rows                {median(bare):10,.0f}")
    print(f"qa index: read, clean, split, ids, change detection    {median(ours):10,.0f}  {ratio:.2f}x of bare")
    print(f"qa index again: nothing has changed                    {median(again):10,.0f}")
    theirs = p50(ElasticsearchBM25Retriever(document_store=our_store()))
    exact = p50(ElasticsearchBM25Retriever(document_store=our_store(), fuzziness="0"))
    mine = p50(BM25Retriever(our_store()))
    print(f"\ninside one item, top {TOP_K}, p50: the integration's retriever {theirs:.2f} ms (without fuzziness")
    print(f"{exact:.2f} ms), ours {mine:.2f} ms, {mine / theirs:.2f}x")


def curve(client: Elasticsearch, sizes: list[int]) -> None:
    print(f"{'reviews':>10}{'docs/s':>10}{'unchanged/s':>13}{'in item ms':>12}{'all ms':>10}{'GB':>8}{'bytes/doc':>11}")
    for size in sizes:
        clean_up(client)
        with TemporaryDirectory() as folder:
            source = write_reviews(Path(folder) / "reviews.jsonl", size)
            written = rate(size, lambda source=source: write_ours(source))
            again = rate(size, lambda source=source: write_ours(source))
        retriever = BM25Retriever(our_store())
        inside, everywhere = p50(retriever), p50(retriever, within_item=False)
        held = client.indices.stats(index=f"{PREFIX}-ours")["_all"]["primaries"]
        stored, count = held["store"]["size_in_bytes"], held["docs"]["count"]
        print(f"{size:10,}{written:10,.0f}{again:13,.0f}{inside:12.2f}{everywhere:10.2f}", end="")
        print(f"{stored / 1e9:8.2f}{stored / count:11,.0f}", flush=True)


def write_reviews(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(islice(cycle(review_texts()), count)):
            row = {"item_id": item(number // REVIEWS_PER_ITEM), "review_id": f"R{number}", "rating": number % 5 + 1.0}
            date = f"20{number % 20:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
            file.write(json.dumps({**row, "date": date, "text": text}) + "\n")
    return path


def review_texts() -> Iterator[str]:
    files = sorted((SHARED / "data" / "amazon_reviews").glob("*.txt.gz"))
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from (line.partition(" #### ")[2].rstrip("\n") for line in lines)
    words = [f"word{number}" for number in range(5000)] + " ".join(QUESTIONS).lower().split()
    for _ in range(0 if files else 100_000):
        yield " ".join(random.choices(words, k=60))


def rows(source: Path, count: int) -> Iterator[dict[str, Any]]:
    with source.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in islice(file, count))


def write_as_readme(source: Path) -> None:
    store = ElasticsearchDocumentStore(hosts=os.environ["QA_TEST_ELASTICSEARCH_URL"], index=f"{PREFIX}-readme")
    store.write_documents([Document(content=row.pop("text"), meta=row) for row in rows(source, FEW_REVIEWS)])


def write_bare(client: Elasticsearch, source: Path) -> None:
    actions = ({"_index": f"{PREFIX}-bare", "_source": row} for row in rows(source, REVIEWS))
    for _ in streaming_bulk(client, actions):
        pass


def write_ours(source: Path) -> None:
    index(source, settings=our_settings())


def our_settings() -> Settings:
    store = {"url": f"{os.environ['QA_TEST_ELASTICSEARCH_URL']}/{PREFIX}-ours"}
    return load_settings(overrides={"store": store, "indexing": {"vectors": False}})


def our_store() -> ElasticsearchStore:
    settings = our_settings()
    return ElasticsearchStore(settings.store.address, settings=settings.elasticsearch)


def p50(retriever: Any, *, within_item: bool = True) -> float:
    chance = random.Random(0)
    taken = []
    for number in range(QUERIES):
        some = item(chance.randrange(REVIEWS // REVIEWS_PER_ITEM))
        filters = {"field": "meta.item_id", "operator": "==", "value": some} if within_item else None
        question = f"{QUESTIONS[number % len(QUESTIONS)]} {number}"  # no two are alike, so that no cache answers
        taken.append(seconds(lambda question=question, filters=filters: retriever.run(question, filters, TOP_K)))
    return 1000 * median(taken[QUERIES // 10 :])


def item(number: int) -> str:
    return f"B{number:07d}"


def rate(count: int, work: Callable[[], Any]) -> float:
    return count / seconds(work)


def seconds(work: Callable[[], Any]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def clean_up(client: Elasticsearch) -> None:
    if indices := list(client.indices.get(index=f"{PREFIX}-*")):
        client.indices.delete(index=indices)
    client.options(ignore_status=404).indices.delete_index_template(name=f"qa-system-{PREFIX}-*")


if __name__ == "__main__":
    main()
