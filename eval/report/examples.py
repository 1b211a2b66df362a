"""Mistakes chosen to be read."""

from qa_system.eval.mistakes import worst
from qa_system.eval.predictions import Prediction
from qa_system.eval.report.groups import Group
from qa_system.eval.report.legend import OUTCOMES, RIGHT
from qa_system.eval.report.tables import Cell, Table, shortened
from qa_system.eval.scorecard import Scorecard

QUESTION, ANSWER = 40, 21
"""Characters of a question and of an answer that fit a terminal side by side."""


def to_read(card: Scorecard, n: int) -> dict[str, list[Prediction]]:
    """
    Choose mistakes to read.

    :param card: Of a run.
    :param n: How many of each class at most.
    :returns: Class of mistake to examples, the worst class first, and in it those of which the system was surest.
    """
    return {kind: worst(card, kind, n) for kind in OUTCOMES if kind in card.mistakes and kind not in RIGHT}


def surest_mistakes(group: Group) -> list[Table]:
    """
    Show a mistake of each class in a line.

    :param group: Runs of one kind on the same questions.
    :returns: A table for each system that answers and made a mistake.
    """
    columns = ("Mistake", "Question", "Marked", "Said", "Sure")
    found = {name: _lines(card) for name, card in group.systems.items()}
    return [
        Table(f"The mistake of each class of which {name} was surest", columns, rows, words=4)
        for name, rows in found.items()
        if rows
    ]


def _lines(card: Scorecard) -> tuple[tuple[Cell, ...], ...]:
    chosen = to_read(card, 1).items()
    return tuple(_line(kind, one) for kind, examples in chosen for one in examples if one.reading is not None)


def _line(kind: str, one: Prediction) -> tuple[Cell, ...]:
    marked = next((label.text for label in one.question.labels if label.has_answer), "nothing")
    question = shortened(one.question.text, QUESTION)
    return kind, question, shortened(marked, ANSWER), *_said(one)


def _said(one: Prediction) -> tuple[str, str]:
    reading = one.reading
    if one.error is not None or reading is None:
        return "it failed", "n/a"
    sure = reading.answers[0].score if reading.text else reading.no_answer_score
    return shortened(reading.text or "the reviews don't say", ANSWER), f"{sure:.0%}"
