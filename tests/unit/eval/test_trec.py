"""TREC files: what is written is read, by us and by others."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ir_measures
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_system.errors import SourceError
from qa_system.eval.predictions import Prediction, Ranked
from qa_system.eval.retrieval import measures, per_question, relevance
from qa_system.eval.trec import read_qrels, read_run, write_qrels, write_run
from qa_system.records import Label, Question
from qa_system.reviews import ReviewKey

KS = (1, 3, 5)
CORPUS = {("B01", "r1"), ("B01", "r2"), ("B01", "r3")}
QUESTIONS = [Question("q1", "Is it loud?", "B01"), Question("q2", "Is it big?", "B01")]
GOOD = "q1 Q0 r1 1 2.5 bm25\n"

hostile = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6) | st.sampled_from(
    ["a b", "a/b", "a", "b", "%20", " ", "a%20b", "\x1c", "\u2028", "\0", "1", "é", "<dbpedia:AC/DC>"]
)
scores = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1.0, 1.0 + 1e-12])


@st.composite
def experiments(draw: st.DrawFn) -> tuple[list[Prediction], set[ReviewKey]]:
    corpus = draw(st.lists(st.tuples(hostile, hostile), min_size=1, max_size=8, unique=True))
    asked = draw(st.lists(hostile, min_size=1, max_size=4, unique=True))
    return [_prediction(draw, number, corpus) for number in asked], set(corpus)


def _prediction(draw: st.DrawFn, name: str, corpus: list[ReviewKey]) -> Prediction:
    item = draw(st.sampled_from(corpus))[0]
    own = [review for owner, review in corpus if owner == item]
    labels = draw(st.lists(st.builds(Label, st.sampled_from(own), relevance=st.integers(0, 2)), max_size=4))
    found = draw(st.lists(st.sampled_from(corpus), max_size=8, unique=True))
    best_first = sorted((draw(scores) for _ in found), reverse=True)
    ranking = tuple(Ranked(*key, score=score) for key, score in zip(found, best_first, strict=True))
    return Prediction(Question(name, "?", item, tuple(labels)), ranking=ranking)


def order(prediction: Prediction) -> list[ReviewKey]:
    return [ranked.key for ranked in prediction.ranking or ()]


each_example = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@each_example
@given(experiment=experiments())
def test_a_run_is_read_as_it_was_written(tmp_path: Path, experiment: tuple[list[Prediction], set[ReviewKey]]) -> None:
    predictions, corpus = experiment
    path = tmp_path / "run.trec"
    write_run(path, predictions, tag="bm25 + dense", corpus=corpus)
    if not path.read_text():
        return
    read = read_run(path, [each.question for each in predictions], corpus=corpus)
    assert [order(each) for each in read] == [order(each) for each in predictions]


@each_example
@given(experiment=experiments())
def test_qrels_are_read_as_they_were_written(
    tmp_path: Path, experiment: tuple[list[Prediction], set[ReviewKey]]
) -> None:
    predictions, corpus = experiment
    path = tmp_path / "qrels.trec"
    questions = [each.question for each in predictions]
    write_qrels(path, questions, corpus=corpus)
    if not path.read_text():
        return
    for before, after in zip(questions, read_qrels(path, questions, corpus=corpus), strict=True):
        grades = relevance(before)
        assert relevance(after) == (grades if any(grades.values()) else {})


@each_example
@given(experiment=experiments())
def test_others_score_the_files_as_we_score_the_run(
    tmp_path: Path, experiment: tuple[list[Prediction], set[ReviewKey]]
) -> None:
    predictions, corpus = experiment
    write_run(tmp_path / "run", predictions, tag="bm25", corpus=corpus)
    write_qrels(tmp_path / "qrels", [each.question for each in predictions], corpus=corpus)
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels")))
    wanted = [measure for measure in measures(KS) if measure.NAME != "Judged"]  # qrels hold what is relevant
    values = per_question(predictions, KS)
    ours = {name: values[name][~np.isnan(values[name])] for name in map(str, wanted)}
    assert len({qrel.query_id for qrel in qrels}) == ours["R@1"].size
    if not qrels:
        return
    run = ir_measures.read_trec_run(str(tmp_path / "run"))
    theirs = ir_measures.calc_aggregate(wanted, qrels, run)
    assert {str(measure): value for measure, value in theirs.items()} == pytest.approx(
        {name: values.mean() for name, values in ours.items()}
    )


def test_reviews_go_by_their_id_where_that_is_enough(tmp_path: Path) -> None:
    prediction = Prediction(QUESTIONS[0], ranking=(Ranked("B01", "r 1", 2.5),))
    for corpus, name in (([("B01", "r 1"), ("B02", "r2")], "r%201"), ([("B01", "r 1"), ("B02", "r 1")], "B01/r%201")):
        write_run(tmp_path / "run", [prediction], tag="my tag", corpus=corpus)
        assert (tmp_path / "run").read_text() == f"q1 Q0 {name} 1 2.5 my%20tag\n"


def test_a_slash_in_an_id_is_not_the_one_between_item_and_review(tmp_path: Path) -> None:
    keys = [("a/b", "c"), ("a", "b/c"), ("a", "c")]
    prediction = Prediction(QUESTIONS[0], ranking=tuple(Ranked(*key, score=1.0) for key in keys))
    write_run(tmp_path / "run", [prediction], tag="x", corpus=keys)
    (read,) = read_run(tmp_path / "run", QUESTIONS[:1], corpus=keys)
    assert order(read) == keys


def test_scores_that_tie_for_trec_eval_are_written_apart(tmp_path: Path) -> None:
    tied = tuple(Ranked("B01", f"r{number}", score) for number, score in ((1, 7.0), (2, 7.0), (3, 7.0 - 1e-12)))
    write_run(tmp_path / "run", [Prediction(QUESTIONS[0], ranking=tied)], tag="x", corpus=CORPUS)
    written = [np.float32(line.split()[4]) for line in (tmp_path / "run").read_text().splitlines()]
    assert written[0] == 7
    assert written == sorted(set(written), reverse=True)
    assert written == pytest.approx([7, 7, 7])


@pytest.fixture
def run_file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "theirs.run"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def test_the_score_orders_a_run_and_the_rank_its_ties(run_file) -> None:
    path = run_file("q1\tQ0\tr1\t7\t1.0\tx\nq1 Q0 r2 0 3e0 x\n\nq1 Q0 r3 2 1 x\r\n")
    first, second = read_run(path, QUESTIONS, corpus=CORPUS)
    assert order(first) == [("B01", "r2"), ("B01", "r3"), ("B01", "r1")]
    assert (second.question, second.ranking) == (QUESTIONS[1], ())


def test_ids_that_others_wrote_as_they_are(run_file) -> None:
    questions, corpus = [replace(QUESTIONS[0], id="100%")], {("B01", "r%201\u00a0")}
    for review in ("r%201\u00a0", "r%25201%C2%A0"):
        (read,) = read_run(run_file(f"100% Q0 {review} 1 1 x\n"), questions, corpus=corpus)
        assert order(read) == list(corpus)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty. A line is: question Q0 review rank score tag"),
        (" \n\n", "is empty"),
        (GOOD + "q1 Q0 r2 2 1.0\n", r"theirs.run:2: 5 columns where there should be 6. A line is: question Q0"),
        (GOOD + "q1 Q0 r2 2 1.0 my tag\n", "theirs.run:2: 7 columns"),
        (GOOD + "q9 Q0 r2 2 1.0 x\n", "theirs.run:2: question 'q9' is not known: known is for example 'q1'"),
        (GOOD + "q1 Q0 r9 2 1.0 x\n", "theirs.run:2: review 'r9' is not known: known is for example 'r"),
        (GOOD + "q1 Q0 r2 2 nan x\n", "theirs.run:2: score is 'nan', and only finite numbers have an order"),
        (GOOD + "q1 Q0 r2 2 -inf x\n", "theirs.run:2: score is '-inf'"),
        (GOOD + "q1 Q0 r2 2 high x\n", "theirs.run:2: score is 'high', not a number"),
        (GOOD + "q1 Q0 r2 second 2 x\n", "theirs.run:2: rank is 'second', not a whole number"),
        (GOOD + "q1 Q0 r1 2 1.0 x\n", "theirs.run:2: names review 'r1' of question 'q1' a second time"),
        (GOOD.encode() + b"q1 Q0 \xff 2 1.0 x\n", "theirs.run:2: not UTF-8"),
        (b"\x1f\x8b\x08\x00\x00", "theirs.run:1: the file is damaged"),
    ],
)
def test_a_broken_run_is_refused_with_its_line(run_file, content: str | bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_run(run_file(content), QUESTIONS, corpus=CORPUS)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("q1 0 r1", "3 columns where there should be 4"),
        ("q1 0 r1 good", "relevance is 'good', not a whole number"),
        ("q1 0 r1 0.5", "relevance is '0.5', not a whole number"),
        ("q1 0 other 1", "judges a review of item 'B02' for a question about 'B01'"),
    ],
)
def test_broken_qrels_are_refused_with_their_line(run_file, line: str, message: str) -> None:
    path = run_file(f"q1 0 r2 1\n{line}\n")
    with pytest.raises(SourceError, match=f"theirs.run:2: {message}"):
        read_qrels(path, QUESTIONS, corpus=CORPUS | {("B02", "other")})


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        read_run(tmp_path / "nowhere", QUESTIONS, corpus=CORPUS)
