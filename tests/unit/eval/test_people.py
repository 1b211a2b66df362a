from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.eval.people import Agreement, agreement
from qa_system.records import Label, Question
from qa_system.sources import read_questions


def label(text: str, review: str = "r1") -> Label:
    return Label(review, text, 0, len(text)) if text else Label(review)


def question(*labels: Label) -> Question:
    return Question("q", "How is the bass?", "item", labels)


each_example = settings(max_examples=100)
labels = st.builds(label, st.sampled_from(["", "deep", "deep bass", "thin"]), st.sampled_from(["r1", "r2", "r3"]))
questions = st.lists(st.lists(labels, max_size=6).map(lambda drawn: question(*drawn)), max_size=4)


def test_each_annotator_is_scored_against_the_others():
    three = question(label("deep bass"), label("deep"), label(""))
    assert agreement([question(label("deep")), three]) == [
        Agreement(1, 0, pytest.approx(2 / 3)),
        Agreement(1, 0, pytest.approx(2 / 3)),
        Agreement(1, 0, 0),
    ]


def test_finding_nothing_together_is_agreement():
    assert agreement([question(label(""), label(""))]) == [Agreement(0, 1, 1), Agreement(0, 1, 1)]


def test_annotators_of_different_reviews_are_not_compared():
    assert agreement([question(label("deep", "r1"), label("thin", "r2"))]) == []
    assert len(agreement([question(label("deep", "r1"), label("thin", "r2"), label("deep", "r1"))])) == 2


@each_example
@given(questions)
def test_every_judgement_that_has_company_is_scored_once(asked):
    companions = [
        [sum(other.review_id == one.review_id for other in each.labels) - 1 for one in each.labels] for each in asked
    ]
    expected = [index for index, counts in enumerate(companions) for count in counts if count]
    assert [found.question for found in agreement(asked)] == expected


@each_example
@given(questions)
def test_the_order_of_annotators_does_not_matter(asked):
    turned = [question(*reversed(each.labels)) for each in asked]
    assert sorted(agreement(turned)) == sorted(agreement(asked))


def test_reproduces_the_known_agreement_of_subjqa(shared: Path):
    asked = list(read_questions(shared / "data/subjqa/electronics/test.csv"))
    found = agreement(asked)
    assert len(asked) == 358
    assert {each.question for each in found} == set(range(358)), "each question has two annotators or more"
    assert sum(each.exact_match for each in found) / len(found) == pytest.approx(0.411, abs=5e-4)
    assert sum(each.f1 for each in found) / len(found) == pytest.approx(0.461, abs=5e-4)
