"""Consensuses small enough to be judged by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.eval.consensus import per_question
from qa_system.eval.consensus_baselines import best_span, of_consensus, stars_of_item, stars_of_speakers
from qa_system.eval.consensus_sides import marked, stated
from qa_system.eval.mistakes import outcome
from qa_system.eval.predictions import Agreed, Answer, Prediction, Stand
from qa_system.records import Label, Question


def asked(sides: dict[str, str | None], **meta: object) -> Question:
    labels = [Label(review, "words", 0, 5, side=side) for review, side in sides.items()]
    return Question("q", "Does it break easily?", "i", tuple(labels), meta=meta)


def said(**sides: str) -> Agreed:
    """Stance to the reviews on it, as letters, the largest first; the first review of all has the best score."""
    scores = iter(np.linspace(0.9, 0.1, 20))
    stands = tuple(
        Stand(
            stance if stance != "none" else "",
            tuple(Answer(review, float(next(scores)), "i", review, 0, 1) for review in reviews),
        )
        for stance, reviews in sides.items()
    )
    counts = [len(stand.quotes) for stand in stands]
    return Agreed("yes/no", stands, counts[0] / sum(counts) if counts else 0.0)


def measured(question: Question, agreed: Agreed | None) -> dict[str, float]:
    return {name: float(values[0]) for name, values in per_question([question], [agreed]).items()}


OPINIONS = asked({"a": "positive", "b": "positive", "c": "positive", "d": "negative"})


def test_all_right() -> None:
    found = measured(OPINIONS, said(positive="abc", negative="d"))
    right = dict.fromkeys(["leading right", "dissent F1", "placed right", "reviewers F1"], 1.0)
    assert found == right | dict.fromkeys(["support error", "agreement error", "count error"], 0.0)


def test_a_miscount_by_hand() -> None:
    found = measured(OPINIONS, said(positive="abdx", negative="c"))
    assert found["leading right"] == 1
    assert found["support error"] == 1  # four counted, three there are
    assert found["agreement error"] == pytest.approx(0.05)  # 4 of 5 against 3 of 4
    assert found["dissent F1"] == 0
    assert found["placed right"] == 0.5  # x was not judged
    assert found["reviewers F1"] == pytest.approx(8 / 9)
    assert found["count error"] == 1


def test_the_wrong_side_is_counted_against_those_who_are_on_it() -> None:
    found = measured(OPINIONS, said(negative="abc", positive="d"))
    assert (found["leading right"], found["support error"], found["placed right"]) == (0, 2, 0)
    assert found["agreement error"] == pytest.approx(0.75 - 0.25)


@pytest.mark.parametrize("agreed", [Agreed("opinion"), None])
def test_nothing_said_misses_the_side_that_leads(agreed: Agreed | None) -> None:
    found = measured(OPINIONS, agreed)
    assert (found["leading right"], found["support error"], found["agreement error"]) == (0, 3, 0.75)
    assert (found["dissent F1"], found["reviewers F1"], found["count error"]) == (0, 0, 4)
    assert "placed right" not in found


def test_agreement_without_dissent_has_no_dissent_to_find() -> None:
    question = asked({"a": "positive", "b": "positive"})
    assert "dissent F1" not in measured(question, said(positive="ab"))
    assert measured(question, said(positive="a", negative="b"))["dissent F1"] == 0


def test_where_as_many_are_on_two_sides_either_may_lead() -> None:
    question = asked({"a": "negative", "b": "positive"})
    for agreed in (said(positive="b", negative="a"), said(negative="a", positive="b")):
        found = measured(question, agreed)
        assert (found["leading right"], found["dissent F1"], found["agreement error"]) == (1, 1, 0)


def test_yes_may_speak_against_an_item() -> None:
    question = asked({"a": "yes", "b": "no", "c": "no"}, favourable="no")
    assert marked(question).sides == {"positive": {"b", "c"}, "negative": {"a"}}
    for agreed in (said(no="bc", yes="a"), said(positive="bc", negative="a"), said(none="bc", yes="a")):
        assert stated(agreed, question).leading == "positive"
        assert measured(question, agreed)["placed right"] == 1


def test_facts_mean_what_most_of_their_reviewers_state() -> None:
    question = asked({"a": "2 kg", "b": "2 kg", "c": "3 kg"})
    found = measured(question, said(yes="axb", no="c"))
    assert found["leading right, facts"] == 1
    assert found["support error, facts"] == 1
    assert found["placed right, facts"] == 1
    assert found["dissent F1, facts"] == 1
    assert "leading right" not in found
    assert stated(said(none="x"), question).leading is None


def test_a_fact_that_was_split_is_dissent_that_is_not_there() -> None:
    question = asked({"a": "2 kg", "b": "2 kg"})
    assert measured(question, Agreed("factual", said(yes="a", no="b").sides, 0.5))["dissent F1, facts"] == 0


def test_silence_is_right_where_nobody_answers() -> None:
    question = asked({}, answerable=False)
    for agreed, right in ((said(), 1), (said(yes="a"), 0), (None, 0)):
        found = measured(question, agreed)
        assert found["silence"] == right
        assert math.isnan(found["reviewers F1"])


def test_reviewers_are_found_where_nobody_judged_sides() -> None:
    question = asked({"a": None, "b": None})
    assert measured(question, said(yes="ac")) == {"reviewers F1": 0.5, "count error": 0}
    assert outcome(Prediction(question, consensus=said(yes="a"))) == "review found"
    assert outcome(Prediction(question, consensus=said(yes="x"))) == "unjudged passage"


@pytest.mark.parametrize(
    ("meta", "kind", "right"),
    [
        ({"kind": "opinion"}, "opinion", 1),
        ({"kind": "opinion"}, "yes/no", 0),
        ({"kind": "opinion", "favourable": "no"}, "yes/no", 1),
        ({"kind": "yes/no", "favourable": "no"}, "opinion", 0),
    ],
)
def test_kinds_of_questions(meta: dict[str, str], kind: str, right: float) -> None:
    assert measured(asked({}, **meta), Agreed(kind))["kind right"] == right


@pytest.mark.parametrize(
    ("meta", "right"),
    [
        ({"judged_subjective": True}, 1),
        ({"judged_subjective": False, "kind": "opinion"}, 0),
        ({"kind": "factual"}, 0),
        ({"kind": "opinion"}, 1),
    ],
)
def test_subjective_and_factual_questions(meta: dict[str, object], right: float) -> None:
    question = asked({}, **meta)
    assert measured(question, Agreed("yes/no", is_subjective=True))["subjectivity right"] == right
    assert measured(question, None)["subjectivity right"] == 0
    assert "subjectivity right" not in measured(question, Agreed("yes/no"))
    assert measured(asked({}, is_subjective=False), Agreed("opinion", is_subjective=True))["subjective wording"] == 0
    assert "subjectivity right" not in measured(asked({}, kind="yes/no"), Agreed("yes/no", is_subjective=True))


def test_baselines_by_hand() -> None:
    agreed = replace(said(positive="ab", negative="c"), stars={"a": 5, "b": 2, "c": 1, "d": 3, "e": 1})
    single = best_span(agreed)
    assert [(stand.stance, [quote.review_id for quote in stand.quotes]) for stand in single.sides] == [
        ("positive", ["a"])
    ]
    assert single.agreement == 1
    speakers, item = stars_of_speakers(agreed), stars_of_item(agreed)
    assert [(stand.stance, len(stand.quotes)) for stand in speakers.sides] == [("negative", 2), ("positive", 1)]
    assert [(stand.stance, len(stand.quotes)) for stand in item.sides] == [
        ("negative", 3),
        ("positive", 1),
        ("neutral", 1),
    ]
    assert item.agreement == 0.6
    assert best_span(Agreed("opinion")).sides == stars_of_item(Agreed("opinion")).sides == ()


def test_baselines_are_measured_by_the_sides_alone() -> None:
    agreed = replace(said(positive="abc", negative="d"), stars=dict.fromkeys("abcd", 5.0))
    found = of_consensus([OPINIONS, asked({}, answerable=False)], [agreed, said()])
    assert found["single best span"]["support error"].value == 2
    assert found["stars of who speaks"]["agreement error"].value == 0.25
    assert all(measures.keys().isdisjoint({"silence", "reviewers F1"}) for measures in found.values())
    assert "always an opinion" not in found
    kinds = of_consensus([asked({}, kind="opinion"), asked({}, kind="factual")], [said(), said()])
    assert kinds["always an opinion"]["subjectivity right"].value == 0.5
    assert "stars of the item" not in of_consensus([OPINIONS], [said(positive="abc")])


@pytest.mark.parametrize(
    ("sides", "agreed", "expected"),
    [
        ({"a": "positive"}, said(positive="a"), "right side"),
        ({"a": "positive"}, said(negative="a"), "wrong side"),
        ({"a": "positive"}, said(), "false abstention"),
        ({}, said(), "right abstention"),
        ({}, said(positive="a"), "unjudged answer"),
    ],
)
def test_what_became_of_a_question(sides: dict[str, str | None], agreed: Agreed, expected: str) -> None:
    assert outcome(Prediction(asked(sides), consensus=agreed)) == expected


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["yes", "no", "neutral"])), unique_by=lambda p: p[0])
)
def test_who_says_what_is_true_is_right_in_all(judged: list[tuple[str, str]]) -> None:
    question = asked(dict(judged))
    truth = marked(question)
    stands = tuple(
        Stand(side, said(x="".join(sorted(reviews))).sides[0].quotes) for side, reviews in truth.sides.items()
    )
    agreed = Agreed("yes/no", stands, truth.share(truth.leading[0]) if truth.leading else 0.0)
    perfect = {"support error": 0, "agreement error": 0, "count error": 0}
    for name, value in measured(question, agreed).items():
        assert math.isnan(value) or value == perfect.get(name, 1)
