"""Retrieval measures against other implementations, their definitions, and chance."""

import math
from collections.abc import Sequence
from dataclasses import replace

import ir_measures
import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.errors import SettingsError
from qa_system.eval.predictions import Prediction, Ranked
from qa_system.eval.retrieval import check_depth, measures, parse_cutoffs, per_question, recall_by_depth, relevance
from qa_system.records import Label, Question

KS = (1, 3, 5)
ITEM = "B01"
REVIEWS = [str(number) for number in range(9)]

labels = st.builds(Label, st.sampled_from(REVIEWS), relevance=st.integers(-1, 3)) | st.builds(
    lambda review: Label(review, "ok", 0, 2), st.sampled_from(REVIEWS)
)
judgements = st.lists(labels, max_size=8).map(tuple)
rankings = st.permutations(REVIEWS).flatmap(lambda order: st.integers(0, len(order)).map(lambda depth: order[:depth]))
same_scores = st.booleans()


def predict(labels: Sequence[Label], ranking: Sequence[str] | None, *, tied: bool = False) -> Prediction:
    found = (
        None
        if ranking is None
        else tuple(Ranked(ITEM, each, 0.0 if tied else -place) for place, each in enumerate(ranking))
    )
    return Prediction(Question("q", "?", ITEM, tuple(labels)), ranking=found)


predictions = st.lists(
    st.builds(lambda *each: predict(each[0], each[1], tied=each[2]), judgements, rankings, same_scores), max_size=6
)


def by_definition(grades: dict[str, int], ranking: list[str], k: int) -> dict[str, float]:
    relevant = {review for review, grade in grades.items() if grade > 0}
    hits = [review in relevant for review in ranking[:k]]
    places = [place for place, hit in enumerate(hits, start=1) if hit]
    gains = [max(grades.get(review, 0), 0) / math.log2(place + 1) for place, review in enumerate(ranking[:k], start=1)]
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:k]
    return {
        f"R@{k}": sum(hits) / len(relevant),
        f"P@{k}": sum(hits) / k,
        f"Success@{k}": float(any(hits)),
        f"RR@{k}": 1 / places[0] if places else 0.0,
        f"AP@{k}": sum(count / place for count, place in enumerate(places, start=1)) / len(relevant),
        f"nDCG@{k}": sum(gains) / sum(grade / math.log2(place + 1) for place, grade in enumerate(best, start=1)),
    }


@settings(max_examples=60)
@given(predictions)
def test_the_measures_are_their_definitions(asked: list[Prediction]) -> None:
    values = per_question(asked, KS)
    assert set(values) == {f"{name}@{k}" for name in ("R", "P", "Success", "RR", "nDCG", "Judged") for k in KS} | {
        "AP@5"
    }
    for number, prediction in enumerate(asked):
        grades = {review: grade for (_, review), grade in relevance(prediction.question).items()}
        ranking = [ranked.review_id for ranked in prediction.ranking or ()]
        for k in KS:
            known = by_definition(grades, ranking, k) if any(grades.values()) else {}
            for name in values.keys() & {f"{name}@{k}" for name in ("R", "P", "Success", "RR", "AP", "nDCG")}:
                assert values[name][number] == pytest.approx(known.get(name, math.nan), nan_ok=True)


def as_trec(asked: list[Prediction]) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, float]]]:
    qrels, run = {}, {}
    for number, prediction in enumerate(asked):
        grades = {review: grade for (_, review), grade in relevance(prediction.question).items() if grade}
        if grades and prediction.ranking:
            qrels[str(number)] = grades
            run[str(number)] = {ranked.review_id: -float(place) for place, ranked in enumerate(prediction.ranking)}
    return qrels, run


PROVIDERS = ("cwl_eval", "msmarco", "pytrec_eval")
"""Implementations independent of each other. trectools is not one of them: it orders ties by its own rules."""


@pytest.mark.parametrize("name", PROVIDERS)
def test_independent_implementations_agree(name: str) -> None:
    provider = ir_measures.providers.registry[name]
    supported = [measure for measure in measures(KS) if provider.supports(measure)]
    assert supported

    @settings(max_examples=30)
    @given(predictions)
    def agree(asked: list[Prediction]) -> None:
        qrels, run = as_trec(asked)
        values = per_question(asked, KS)
        for metric in provider.iter_calc(supported, qrels, run) if qrels else ():
            assert values[str(metric.measure)][int(metric.query_id)] == pytest.approx(metric.value)

    agree()


@settings(max_examples=30)
@given(predictions)
def test_trec_eval_agrees(asked: list[Prediction]) -> None:
    qrels, run = as_trec(asked)
    names = {"recall": "R", "P": "P", "success": "Success", "ndcg_cut": "nDCG"}
    theirs = {f"{name}_{k}": f"{ours}@{k}" for name, ours in names.items() for k in KS} | {"map_cut_5": "AP@5"}
    values = per_question(asked, KS)
    wanted = {f"{name}.{','.join(map(str, KS))}" for name in names} | {"map_cut.5"}
    for number, scores in pytrec_eval.RelevanceEvaluator(qrels, wanted).evaluate(run).items():
        for name, score in scores.items():
            assert values[theirs[name]][int(number)] == pytest.approx(score)


def test_the_order_of_the_ranking_decides_ties_of_scores() -> None:
    for order in (["0", "1"], ["1", "0"]):
        (found,) = per_question([predict([Label("1", "ok", 0, 2)], order, tied=True)], [1])["R@1"]
        assert found == float(order[0] == "1")


@pytest.mark.parametrize("ranking", [None, ()])
def test_a_missing_ranking_scores_zero_and_a_question_without_a_relevant_review_nothing(ranking) -> None:
    asked = [predict([Label("1", relevance=2)], ranking), predict([Label("1")], ["1"]), predict([], ["1"])]
    for name, values in per_question(asked, KS).items():
        if not name.startswith("Judged"):
            np.testing.assert_array_equal(values, [0, np.nan, np.nan])


def test_a_question_that_failed_half_way_scores_zero() -> None:
    failed = replace(predict([Label("1", relevance=2)], ["1"]), error="QueryError: broken")
    found = per_question([failed], [1])
    assert math.isnan(found.pop("Judged@1")[0])
    assert {name: values.tolist() for name, values in found.items()} == {name: [0.0] for name in found}


def test_no_questions() -> None:
    assert {values.shape for values in per_question([], KS).values()} == {(0,)}


def test_reviews_of_different_items_with_one_id_are_different() -> None:
    prediction = Prediction(
        Question("q", "?", "B01", (Label("1", "ok", 0, 2),)), ranking=(Ranked("B02", "1", 2.0), Ranked("B01", "1", 1.0))
    )
    assert per_question([prediction], [2])["RR@2"] == [0.5]


def test_the_best_of_several_annotations_grades_a_review() -> None:
    question = Question(
        "q",
        "?",
        "B01",
        (Label("1"), Label("1", "ok", 0, 2), Label("2"), Label("3", relevance=-1), Label("3", relevance=2)),
    )
    assert relevance(question) == {("B01", "1"): 1, ("B01", "2"): 0, ("B01", "3"): 2}


def test_recall_grows_with_depth_to_that_at_every_cutoff() -> None:
    asked = [predict([Label("1", "ok", 0, 2), Label("3", "ok", 0, 2)], ["3", "0", "1"]), predict([Label("1")], ["1"])]
    assert recall_by_depth(asked, 4).tolist() == [[0.5], [0.5], [1.0], [1.0]]
    assert recall_by_depth(asked[1:], 2).size == 0


@settings(max_examples=60)
@given(predictions)
def test_judged_is_the_share_of_those_retrieved_that_somebody_looked_at(asked: list[Prediction]) -> None:
    values = per_question(asked, KS)
    for number, prediction in enumerate(asked):
        grades = relevance(prediction.question)
        for k in KS:
            first = [ranked.key in grades for ranked in (prediction.ranking or ())[:k]]
            known = np.mean(first) if grades and first else math.nan
            assert values[f"Judged@{k}"][number] == pytest.approx(known, nan_ok=True)


def test_cutoffs_are_read_in_order() -> None:
    assert parse_cutoffs("10, 1,3") == (1, 3, 10)


@pytest.mark.parametrize("text", ["", "0", "1,,3", "-1", "2.5", "five", "1,3,1", "1;3"])
def test_wrong_cutoffs_are_named(text: str) -> None:
    with pytest.raises(SettingsError, match="--k"):
        parse_cutoffs(text)


def test_a_cutoff_deeper_than_the_corpus_names_both() -> None:
    check_depth([1, 20], 20)
    with pytest.raises(SettingsError, match=r"--k has 20, and there are only 7 reviews"):
        check_depth([1, 20], 7)
