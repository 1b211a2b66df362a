"""The human line: how well each annotator does against the others, scored as a system is."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from qa_system.eval.answers import exact_match, f1
from qa_system.records import Question


class Agreement(NamedTuple):
    """
    How well one annotator's judgement of one review agrees with the other annotators'.

    :param question: Index of the question among those given.
    :param exact_match: Against the best of the others, 0 or 1.
    :param f1: Against the best of the others, in [0, 1].
    """

    question: int
    exact_match: float
    f1: float


def agreement(questions: Iterable[Question]) -> list[Agreement]:
    """
    Score every annotator as if the others' labels were the truth.

    A system is scored against one annotator more than a person is, so the line lies a little too low.

    :param questions: With their labels.
    :returns: One for each annotation of a review that several annotators judged for the same question, in the order of
        the questions; empty where no review was judged twice.
    """
    return [
        Agreement(index, exact_match(text, others), f1(text, others))
        for index, question in enumerate(questions)
        for texts in _texts_by_review(question)
        for text, others in _each_against_the_others(texts)
    ]


def _texts_by_review(question: Question) -> Iterable[list[str]]:
    texts: dict[str, list[str]] = {}
    for label in question.labels:
        texts.setdefault(label.review_id, []).append(label.text)
    return texts.values()


def _each_against_the_others(texts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    if len(texts) > 1:
        for index, text in enumerate(texts):
            yield text, [*texts[:index], *texts[index + 1 :]]
