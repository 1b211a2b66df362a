import csv
import gzip
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.errors import SourceError
from qa_system.records import Label
from qa_system.sources import detect_format, read_questions, read_reviews

DOCUMENT = {"_id": "d1", "title": "Loud", "text": "Too loud for me.", "metadata": {}}
QUERY = {"_id": "q1", "text": "Is it loud?"}
HEADER = "query-id\tcorpus-id\tscore\n"


@pytest.fixture
def data_set(write, write_jsonl, tmp_path: Path) -> Callable[..., Path]:
    """Write a BEIR folder called `speakers`."""

    def write_folder(documents=(DOCUMENT,), queries=(QUERY,), suffix: str = "", **qrels: str) -> Path:
        write_jsonl(f"speakers/corpus.jsonl{suffix}", *documents)
        write_jsonl(f"speakers/queries.jsonl{suffix}", *queries)
        for split, lines in qrels.items():
            write(f"speakers/qrels/{split}.tsv", HEADER + lines)
        return tmp_path / "speakers"

    return write_folder


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_folder(data_set, suffix: str) -> None:
    untitled = {"_id": "d2", "title": "", "text": "Fine."}
    only_title = {"_id": "d3", "title": "Broken", "text": " "}
    path = data_set(
        [DOCUMENT, untitled, only_title], [QUERY, QUERY | {"_id": "q2"}], suffix, test="q1\td1\t2\nq1\td3\t0\n"
    )
    assert detect_format(path) == "beir"
    reviews = list(read_reviews(path, strict=True))
    assert [(review.id, review.content, review.meta.get("title")) for review in reviews] == [
        ("d1", "Too loud for me.", "Loud"),
        ("d2", "Fine.", None),
        ("d3", "Broken", None),
    ]
    assert {review.meta["item_id"] for review in reviews} == {"speakers"}
    (question,) = read_questions(path, strict=True)
    assert (question.id, question.text, question.item_id) == ("q1", "Is it loud?", "speakers")
    assert question.labels == (Label("d1", relevance=2), Label("d3", relevance=0))
    assert (question.context, question.meta) == (None, {"split": "test"})
    assert [label.is_relevant for label in question.labels] == [True, False]


def test_metadata_name_the_item_and_more(data_set) -> None:
    metadata = {"item_id": "B01", "rating": "4", "brand": "JBL", "source": "shop", "tags": ["a"]}
    path = data_set([DOCUMENT | {"metadata": metadata}], test="q1\td1\t1\n")
    (review,) = read_reviews(path, strict=True)
    expected = {"item_id": "B01", "review_id": "d1", "title": "Loud", "rating": 4.0, "brand": "JBL"}
    assert review.meta == expected | {"source_as_given": "shop"}
    (question,) = read_questions(path, strict=True)
    assert question.item_id == "B01"


def test_a_query_is_a_question_of_each_split_that_judges_it(data_set) -> None:
    path = data_set(test="q1\td1\t1\n", dev="q1\td1\t0\n", train="")
    assert [question.meta["split"] for question in read_questions(path, strict=True)] == ["dev", "test"]


def test_the_name_of_the_file_counts_because_mongodb_has_ids_like_these(write_jsonl) -> None:
    assert detect_format(write_jsonl("export.jsonl", DOCUMENT)) == "jsonl"


def test_a_corpus_alone_can_be_indexed_and_not_asked(write_jsonl, tmp_path: Path) -> None:
    write_jsonl("corpus.jsonl", DOCUMENT)
    assert len(list(read_reviews(tmp_path))) == 1
    with pytest.raises(SourceError, match=r"has no queries.jsonl beside it. A BEIR data set is a folder with corpus"):
        list(read_questions(tmp_path))


def test_queries_alone_are_no_data_set(write, write_jsonl, tmp_path: Path) -> None:
    write_jsonl("queries.jsonl", QUERY)
    write("qrels/test.tsv", HEADER)
    for read in (read_reviews, read_questions):
        with pytest.raises(SourceError, match=r"has no corpus.jsonl beside it"):
            list(read(tmp_path))


def test_no_judgements(data_set) -> None:
    with pytest.raises(SourceError, match=r"has no qrels/\*.tsv, so nothing says which reviews answer"):
        list(read_questions(data_set()))


def test_judgements_without_a_header(data_set, write) -> None:
    path = data_set()
    write("speakers/qrels/test.tsv", "q1\td1\t1\n")
    with pytest.raises(SourceError, match="needs a header of query-id, corpus-id, score and has no query-id"):
        list(read_questions(path))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("q1\td1", "2 cells where the header has 3"),
        ("q1\td1\thigh", "score is 'high', not a whole number"),
        ("q1\td9\t1", "judges document 'd9', which corpus.jsonl does not hold"),
        ("q9\td1\t1", "judges a document for query 'q9', which queries.jsonl does not hold"),
        ("\td1\t1", "query-id is missing"),
    ],
)
def test_a_broken_judgement_is_rejected_with_its_line(data_set, rejected, line: str, reason: str) -> None:
    path = data_set(test=f"{line}\nq1\td1\t1\n")
    (question,) = read_questions(path, on_reject=rejected.append)
    assert question.labels == (Label("d1", relevance=1),)
    (rejection,) = rejected
    assert (rejection.path.name, rejection.line) == ("test.tsv", 2)
    assert reason in rejection.reason


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (DOCUMENT | {"_id": None}, "_id is missing"),
        (DOCUMENT | {"title": "", "text": ""}, "text is missing"),
        (DOCUMENT | {"metadata": "B01"}, "metadata is of type str, not an object"),
    ],
)
def test_a_broken_document_is_rejected(data_set, rejected, document: dict[str, Any], reason: str) -> None:
    path = data_set([DOCUMENT | {"_id": "d0"}, document])
    assert [review.id for review in read_reviews(path, on_reject=rejected.append)] == ["d0"]
    assert reason in rejected[0].reason


def test_a_query_about_several_items_is_rejected(data_set, rejected) -> None:
    documents = [DOCUMENT | {"_id": item, "metadata": {"item_id": item}} for item in ("B01", "B02")]
    path = data_set(documents, ["{", QUERY], test="q1\tB01\t1\nq1\tB02\t1\n")
    assert list(read_questions(path, on_reject=rejected.append)) == []
    assert [(rejection.path.name, rejection.line) for rejection in rejected] == [
        ("queries.jsonl", 1),
        ("queries.jsonl", 2),
    ]
    assert "judges documents of 2 items (such as B01 and B02), a question is about one" in rejected[1].reason


ids = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
prose = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)


@st.composite
def data_sets(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str], dict[tuple[str, str], int]]:
    corpus = draw(st.dictionaries(ids, prose, min_size=1, max_size=5))
    queries = draw(st.dictionaries(ids, prose, min_size=1, max_size=4))
    pairs = st.tuples(st.sampled_from(sorted(queries)), st.sampled_from(sorted(corpus)))
    return corpus, queries, draw(st.dictionaries(pairs, st.integers(-1, 3), max_size=8))


def write_rows(path: Path, texts: dict[str, str], pack: bool) -> None:
    data = "".join(json.dumps({"_id": name, "text": text}) + "\n" for name, text in texts.items()).encode()
    path.with_name(f"{path.name}{'.gz' * pack}").write_bytes(gzip.compress(data) if pack else data)


@settings(max_examples=80)
@given(data_set=data_sets(), pack=st.booleans())
def test_what_is_written_is_read(data_set, pack: bool) -> None:
    corpus, queries, judgements = data_set
    with tempfile.TemporaryDirectory() as folder:
        write_rows(Path(folder, "corpus.jsonl"), corpus, pack)
        write_rows(Path(folder, "queries.jsonl"), queries, pack)
        Path(folder, "qrels").mkdir()
        with Path(folder, "qrels", "test.tsv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t")
            writer.writerow(["query-id", "corpus-id", "score"])
            writer.writerows((*pair, score) for pair, score in judgements.items())
        assert {review.id: review.content for review in read_reviews(folder, strict=True)} == corpus
        questions = list(read_questions(folder, strict=True))
    assert {question.id: question.text for question in questions} == {query: queries[query] for query, _ in judgements}
    read = {(question.id, label.review_id): label.relevance for question in questions for label in question.labels}
    assert read == judgements
