from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.errors import SettingsError, SourceError
from qa_system.training.crossvalidation import divided
from qa_system.training.mixture import Example, Mixture, TrainingSource

SOURCE = Path("a.jsonl")
REVIEWS = [f"It is deep, number {number}." for number in range(400)]


def mixture(reviews: list[str], validation: list[str]) -> Mixture:
    def examples(texts: list[str]) -> list[Example]:
        questions = ("How is it?", "Is it deep?")
        return [Example(question, text, ((6, 10),), "plain", SOURCE) for text in texts for question in questions]

    return Mixture(examples(reviews), examples(validation), sources=[TrainingSource(SOURCE)])


@settings(max_examples=10)
@given(folds=st.integers(2, 6), split=st.integers(150, 250))
def test_each_question_is_asked_once_of_a_model_that_has_not_seen_its_review(folds: int, split: int) -> None:
    whole = mixture(REVIEWS[:split], REVIEWS[split:])
    parts = divided(whole, folds)
    asked = Counter(question.id for part in parts for question in part.questions)
    assert asked == {str(place): 1 for place in range(2 * len(REVIEWS))}
    for part in parts:
        measured = {question.context for question in part.questions}
        trained, validated = ({one.context for one in half} for half in (part.others.train, part.others.validation))
        assert not measured & (trained | validated)
        assert not trained & validated
        assert measured | trained | validated == set(REVIEWS)


def test_folds_are_of_about_one_size() -> None:
    sizes = [len(part.questions) for part in divided(mixture(REVIEWS[:200], REVIEWS[200:]), 5)]
    assert min(sizes) > 0.7 * max(sizes)


def test_a_review_is_in_one_fold_whatever_else_there_is() -> None:
    few, many = (divided(mixture(REVIEWS[:count], REVIEWS[300:]), 3) for count in (200, 300))
    for part, larger in zip(few, many, strict=True):
        assert {one.context for one in part.questions} <= {one.context for one in larger.questions}


@pytest.mark.parametrize(
    ("whole", "folds", "said"),
    [
        (mixture(REVIEWS[:3], REVIEWS[3:6]), 40, r"too few reviews for 40 folds: number \d+ .* measure with 0"),
        (mixture(REVIEWS[:100], REVIEWS[100:101]), 3, "validate with 0"),
        (mixture(REVIEWS[100:101], REVIEWS[:100]), 3, "train on 0"),
    ],
)
def test_too_few_reviews_are_refused_before_anything_is_trained(whole: Mixture, folds: int, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        divided(whole, folds)


def test_one_fold_is_no_cross_validation() -> None:
    with pytest.raises(SettingsError, match="takes 2 or more"):
        divided(mixture(REVIEWS[:100], REVIEWS[100:]), 1)
