"""How well questions were answered, each question apart."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa_system.eval.answers import exact_match, f1, gold_texts, rouge_l, supported
from qa_system.eval.predictions import Reading
from qa_system.records import Question

Marks = NDArray[np.void]
"""An array of `MARK`, shape `[questions]`."""
MARK = np.dtype(
    [
        ("failed", bool),
        ("answerable", bool),
        ("answered", bool),
        ("spoken", bool),
        ("exact", float),
        ("f1", float),
        ("forced_exact", float),
        ("forced_f1", float),
        ("top_f1", float),
        ("confidence", float),
        ("no_answer", float),
    ]
)
"""
What the reading of a question is worth:

- `failed`: there is none, because the question failed; it is worth 0 throughout, and is no abstention.
- `answerable`: an annotator found an answer.
- `answered`: an answer was given.
- `spoken`: there is a best span, be it given or not.
- `exact`, `f1`: of what was given, by the definition of SQuAD 2 (Rajpurkar et al. 2018).
- `forced_exact`, `forced_f1`: of the best span as if it could not abstain; 0 where there is no answer to find.
- `top_f1`: of the best of the first three spans; 0 where there is no answer to find.
- `confidence`: the probability stated for the best span, 0 without one.
- `no_answer`: the probability stated for "the reviews don't say".
"""
TOP = 3


def marks(questions: Sequence[Question], readings: Sequence[Reading | None]) -> Marks:
    """
    Mark readings.

    :param questions: What was asked.
    :param readings: What was made of it, None where the question failed.
    :returns: Their marks.
    """
    return np.array([_mark(*pair) for pair in zip(questions, readings, strict=True)], dtype=MARK)


def per_question(marks: Marks) -> dict[str, NDArray[np.float64]]:
    """
    Measure the answer to each question.

    :param marks: As of `marks`.
    :returns: Measure to its values, shape `[questions]`, NaN where it does not apply.
    """
    answerable = marks["answerable"]
    right_abstention = (~marks["answered"] & ~marks["failed"]).astype(float)
    return {
        "EM": marks["exact"],
        "F1": marks["f1"],
        "EM answerable": np.where(answerable, marks["exact"], np.nan),
        "F1 answerable": np.where(answerable, marks["f1"], np.nan),
        "no-answer accuracy": np.where(answerable, np.nan, right_abstention),
        "answered": marks["answered"].astype(float),
        "forced F1": np.where(answerable, marks["forced_f1"], np.nan),
        f"top-{TOP} F1": np.where(answerable, marks["top_f1"], np.nan),
    }


def generated_per_question(
    questions: Sequence[Question], readings: Sequence[Reading | None]
) -> dict[str, NDArray[np.float64]]:
    """
    Measure what is particular to generated answers.

    :param questions: What was asked.
    :param readings: What was made of it, None where the question failed.
    :returns: `ROUGE-L` of each question, 0 where it failed, and `supported`, NaN where no answer was given.
    """
    pairs = list(zip(questions, readings, strict=True))
    return {
        "ROUGE-L": np.array([rouge_l(reading.text, gold_texts(asked)) if reading else 0.0 for asked, reading in pairs]),
        "supported": np.array([_support(reading) for _, reading in pairs]),
    }


def _mark(question: Question, reading: Reading | None) -> tuple[bool | float, ...]:
    if reading is None:
        return True, question.is_answerable, *[0] * (len(MARK.names or ()) - 2)
    gold = gold_texts(question)
    spans = [answer.text for answer in reading.answers[:TOP]] if question.is_answerable else []
    return (
        False,
        question.is_answerable,
        bool(reading.text),
        bool(reading.answers),
        exact_match(reading.text, gold),
        f1(reading.text, gold),
        exact_match(spans[0], gold) if spans else 0.0,
        f1(spans[0], gold) if spans else 0.0,
        max((f1(span, gold) for span in spans), default=0.0),
        reading.answers[0].score if reading.answers else 0.0,
        reading.no_answer_score,
    )


def _support(reading: Reading | None) -> float:
    if reading is None or not reading.text:
        return np.nan
    return float(supported(reading.text, reading.answers[0].context))
