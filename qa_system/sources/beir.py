"""
Format `beir`: a folder of `corpus.jsonl`, `queries.jsonl` and `qrels/SPLIT.tsv` (Thakur et al., NeurIPS 2021).

A document is a review. Judges graded whole documents, so labels have a relevance and no span.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from qa_system.errors import SourceError
from qa_system.records import Label, Question, Rejection
from qa_system.sources.columns import FIELDS
from qa_system.sources.csv import csv_table
from qa_system.sources.formats import FieldMapping, Format, Head
from qa_system.sources.jsonl import json_rows
from qa_system.sources.rows import Located, Row, RowError, convert_rows, locate_reviews
from qa_system.sources.values import count, identifier, prose, review_document, scalars

if TYPE_CHECKING:
    from haystack import Document

CORPUS, QUERIES, QRELS = "corpus.jsonl", "queries.jsonl", "qrels"
QRELS_COLUMNS = ("query-id", "corpus-id", "score")
LAYOUT = f"A BEIR data set is a folder with {CORPUS}, {QUERIES} (plain or .gz) and {QRELS}/SPLIT.tsv."


class _Query(NamedTuple):
    id: str
    text: str
    line: int


class _Judgement(NamedTuple):
    query_id: str
    item_id: str
    label: Label


def _review(folder: str, values: Mapping[str, Any]) -> "Document":
    metadata = values.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise RowError(f"metadata is of type {type(metadata).__name__}, not an object")
    fields = {field: metadata.get(field) for field in FIELDS}
    fields |= {"item_id": fields["item_id"] or folder, "review_id": identifier("_id", values.get("_id"))}
    return review_document(fields | _texts(values), scalars(metadata, without=FIELDS))


def _texts(values: Mapping[str, Any]) -> dict[str, Any]:
    text, title = values.get("text"), values.get("title")
    return {"text": text, "title": title} if str(text or "").strip() else {"text": title, "title": None}


def _query(row: Row) -> _Query:
    return _Query(identifier("_id", row.values.get("_id")), prose("text", row.values.get("text")), row.line)


def _judgement(queries: Mapping[str, _Query], items: Mapping[str, str], row: Row) -> _Judgement:
    query_id, review_id = (identifier(name, row.values[name]) for name in QRELS_COLUMNS[:2])
    relevance = count(row.values["score"])
    if relevance is None:
        raise RowError(f"score is {row.values['score']!r}, not a whole number")
    if query_id not in queries:
        raise RowError(f"judges a document for query {query_id!r}, which {QUERIES} does not hold")
    if review_id not in items:
        raise RowError(f"judges document {review_id!r}, which {CORPUS} does not hold")
    return _Judgement(query_id, items[review_id], Label(review_id, relevance=relevance))


def _items(corpus: Path) -> dict[str, str]:
    """Map documents to their items. What is wrong with the others is reported when they are indexed."""
    reviews = (located.document for located in _reviews(corpus, {}) if isinstance(located, Located))
    return {review.id: review.meta["item_id"] for review in reviews}


def _judged(
    queries: Mapping[str, _Query], items: Mapping[str, str], path: Path, qrels: Path
) -> Iterator[Question | Rejection]:
    judged: dict[str, list[_Judgement]] = {}
    for judgement in convert_rows(_qrels_rows(qrels), partial(_judgement, queries, items)):
        if isinstance(judgement, Rejection):
            yield judgement
        else:
            judged.setdefault(judgement.query_id, []).append(judgement)
    for query in queries.values():
        if query.id in judged:
            yield _question(path, query, judged[query.id], qrels)


def _question(path: Path, query: _Query, judgements: list[_Judgement], qrels: Path) -> Question | Rejection:
    items = sorted({judgement.item_id for judgement in judgements})
    if len(items) > 1:
        found = f"{qrels.name} judges documents of {len(items)} items (such as {items[0]} and {items[1]})"
        allowed = "a question is about one: without metadata.item_id the whole corpus is one item"
        return Rejection(path, query.line, f"{found}, {allowed}")
    labels = tuple(judgement.label for judgement in judgements)
    return Question(query.id, query.text, items[0], labels, meta={"split": qrels.name.partition(".")[0]})


def _qrels_rows(path: Path) -> Iterator[Row | Rejection]:
    table = csv_table(path)
    if missing := [column for column in QRELS_COLUMNS if column not in table.columns]:
        raise SourceError(f"{path} needs a header of {', '.join(QRELS_COLUMNS)} and has no {', '.join(missing)}.")
    return table.rows


def _qrels_files(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.glob(f"{QRELS}/*") if _plain_name(file.name).endswith(".tsv"))
    if not files:
        raise SourceError(f"{folder} has no {QRELS}/*.tsv, so nothing says which reviews answer. {LAYOUT}")
    return files


def _plain_name(name: str) -> str:
    return name.removesuffix(".gz")


def _beside(path: Path, name: str) -> Path:
    for neighbour in (path.with_name(name), path.with_name(f"{name}.gz")):
        if neighbour.is_file():
            return neighbour
    raise SourceError(f"{path} has no {name} beside it. {LAYOUT}")


def _matches(head: Head) -> bool:
    named = _plain_name(head.name) in (CORPUS, QUERIES)  # `_id` alone would take exports of MongoDB too
    return named and head.container == "jsonl" and head.has(["_id", "text"])


def _reviews(path: Path, mapping: FieldMapping) -> Iterator[Located | Rejection]:
    if _plain_name(path.name) == QUERIES:
        _beside(path, CORPUS)
        return iter(())
    return locate_reviews(json_rows(path), partial(_review, path.resolve().parent.name))


def _questions(path: Path, mapping: FieldMapping) -> Iterator[Question | Rejection]:
    if _plain_name(path.name) != QUERIES:
        _beside(path, QUERIES)
        return
    files, items = _qrels_files(path.parent), _items(_beside(path, CORPUS))
    queries: dict[str, _Query] = {}
    for query in convert_rows(json_rows(path), _query):
        if isinstance(query, Rejection):
            yield query
        else:
            queries[query.id] = query
    for file in files:
        yield from _judged(queries, items, path, file)


FORMAT = Format("beir", _matches, _reviews, _questions)
