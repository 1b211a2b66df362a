"""What became of each question: one class of outcome each, so that mistakes can be counted and read."""

from collections.abc import Sequence
from typing import Literal, get_args

from qa_system.eval.answers import exact_match, f1, gold_texts
from qa_system.eval.predictions import Answer, Prediction, Reading
from qa_system.eval.retrieval import relevance
from qa_system.eval.scorecard import Scorecard
from qa_system.records import Question
from qa_system.reviews import ReviewKey

Outcome = Literal[
    "failed",
    "retrieval miss",
    "wrong passage",
    "wrong span",
    "boundary off",
    "false abstention",
    "false answer",
    "right answer",
    "right abstention",
    "review found",
    "nothing to find",
]
"""
Worst first:

- `failed`: an error took the place of an answer.
- `retrieval miss`: a review answers the question, and none that does was retrieved.
- `wrong passage`: such a review was retrieved, and the answer is from another.
- `wrong span`: the right review, and no word or character in common with what annotators marked.
- `boundary off`: overlaps what they marked, and is not the same.
- `false abstention`: the right review was there, and "the reviews don't say" was the answer.
- `false answer`: the reviews do not say, and an answer was given.
- `right answer`: exactly what an annotator marked, wherever it was found.
- `right abstention`: the reviews do not say, and that was the answer.
- `review found`, `nothing to find`: the right outcomes of a retriever, which does not answer.
"""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def outcome(prediction: Prediction) -> Outcome:
    """
    Tell what became of a question.

    :param prediction: What a system made of it.
    :returns: Its class.
    """
    if prediction.error is not None:
        return "failed"
    if prediction.reading is None:
        return _of_retrieval(prediction)
    if not prediction.question.is_answerable:
        return "false answer" if prediction.reading.text else "right abstention"
    return _of_reading(prediction, prediction.reading)


def by_outcome(predictions: Sequence[Prediction]) -> dict[str, tuple[int, ...]]:
    """
    Sort questions by what became of them.

    :param predictions: Of a run.
    :returns: Indices into `predictions` by class, worst class first; classes without a question are left out.
    """
    outcomes = [outcome(prediction) for prediction in predictions]
    return {
        name: tuple(index for index, one in enumerate(outcomes) if one == name) for name in OUTCOMES if name in outcomes
    }


def worst(scorecard: Scorecard, mistake: str, n: int) -> list[Prediction]:
    """
    Choose the examples of a class to read: those of which the system was surest.

    :param scorecard: Of a run.
    :param mistake: The class.
    :param n: How many at most.
    :returns: Most confident first; in the order of the data where the system states no confidence.
    """
    examples = [scorecard.predictions[index] for index in scorecard.mistakes.get(mistake, ())]
    return sorted(examples, key=_confidence, reverse=True)[:n]


def _of_retrieval(prediction: Prediction) -> Outcome:
    if not any(relevance(prediction.question).values()):
        return "nothing to find"
    return "retrieval miss" if _missed(prediction) else "review found"


def _of_reading(prediction: Prediction, reading: Reading) -> Outcome:
    gold = gold_texts(prediction.question)
    if exact_match(reading.text, gold):
        return "right answer"
    if _missed(prediction):
        return "retrieval miss"
    if not reading.text:
        return "false abstention"
    if _from_another_review(reading.answers[0], prediction.question):
        return "wrong passage"
    touches = f1(reading.text, gold) > 0 or _overlaps(reading.answers[0], prediction.question)
    return "boundary off" if touches else "wrong span"


def _missed(prediction: Prediction) -> bool:
    ranking = prediction.ranking
    return ranking is not None and not any(_is_relevant(ranked.key, prediction.question) for ranked in ranking)


def _from_another_review(answer: Answer, question: Question) -> bool:
    """A generated answer is from no review."""
    return answer.review_id is not None and not _is_relevant((answer.item_id or "", answer.review_id), question)


def _is_relevant(key: ReviewKey, question: Question) -> bool:
    return relevance(question).get(key, 0) > 0


def _overlaps(answer: Answer, question: Question) -> bool:
    if answer.start is None or answer.end is None:
        return False
    return any(
        label.review_id == answer.review_id and label.start < answer.end and answer.start < label.end
        for label in question.labels
        if label.start is not None and label.end is not None
    )


def _confidence(prediction: Prediction) -> float:
    reading = prediction.reading
    if reading is None:
        return 0.0
    return reading.answers[0].score if reading.text else reading.no_answer_score
