"""What became of each question: one class of outcome each, so that mistakes can be counted and read."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

from qa_system.eval.answers import exact_match, f1, gold_texts
from qa_system.eval.consensus_sides import marked, stated
from qa_system.eval.predictions import Agreed, Answer, Prediction, Reading
from qa_system.eval.retrieval import relevance
from qa_system.eval.scorecard import Scorecard
from qa_system.records import Question

if TYPE_CHECKING:
    from qa_system.reviews import ReviewKey  # which imports Haystack

Outcome = Literal[
    "failed",
    "retrieval miss",
    "wrong passage",
    "unjudged passage",
    "wrong span",
    "boundary off",
    "wrong side",
    "false abstention",
    "false answer",
    "unjudged answer",
    "right answer",
    "right side",
    "right abstention",
    "review found",
    "nothing to find",
]
"""
Worst first:

- `failed`: an error took the place of an answer.
- `retrieval miss`: a judged review answers the question, and none that does was retrieved.
- `wrong passage`: such a review was retrieved, and the answer is from another that was judged.
- `unjudged passage`: such a review was retrieved, and the answer is from one that nobody judged for the question: it
  may be right.
- `wrong span`: the right review, but not a character that annotators marked; where an answer was generated, and so
  stands in no place, not a word of it.
- `boundary off`: overlaps what they marked, and is not the same.
- `wrong side`: of the reviewers who answer, most are on another side than the one that was said to lead.
- `false abstention`: the right review was there, and "the reviews don't say" was the answer.
- `false answer`: no judged review answers the question, and an answer was given.
- `unjudged answer`: the same, from a review that nobody judged for the question: it may be right.
- `right answer`: exactly what an annotator marked, wherever it was found.
- `right side`: the side that was said to lead is the one that most reviewers are on.
- `right abstention`: no judged review answers the question, and "the reviews don't say" was the answer.
- `review found`, `nothing to find`: the right outcomes of a retriever, which does not answer. Of a consensus whose
  sides nobody judged it is only known whether it quotes a review that answers.
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
    if prediction.consensus is not None:
        return _of_consensus(prediction.question, prediction.consensus)
    if prediction.reading is None:
        return _of_retrieval(prediction)
    if prediction.question.is_answerable:
        return _of_reading(prediction, prediction.reading)
    return _without_answer(prediction.reading, prediction.question)


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


def _of_consensus(question: Question, agreed: Agreed) -> Outcome:
    truth, said = marked(question), stated(agreed, question)
    judged = {label.review_id for label in question.labels}
    if not truth.answering:
        stray: Outcome = "false answer" if said.speaking & judged else "unjudged answer"
        return stray if said.speaking else "right abstention"
    if not said.speaking:
        return "false abstention"
    if truth.sides:
        return "right side" if said.leading in truth.leading else "wrong side"
    if said.speaking & truth.answering:
        return "review found"
    return "wrong passage" if said.speaking & judged else "unjudged passage"


def _without_answer(reading: Reading, question: Question) -> Outcome:
    if not reading.text:
        return "right abstention"
    return "unjudged answer" if _is_unjudged(reading.answers[0], question) else "false answer"


def _of_reading(prediction: Prediction, reading: Reading) -> Outcome:
    gold = gold_texts(prediction.question)
    if exact_match(reading.text, gold):
        return "right answer"
    if _missed(prediction):
        return "retrieval miss"
    if not reading.text:
        return "false abstention"
    return _of_wrong_answer(reading.answers[0], prediction.question)


def _of_wrong_answer(answer: Answer, question: Question) -> Outcome:
    key = _review_of(answer)
    if key is None:  # generated: from no one place
        return "boundary off" if f1(answer.text, gold_texts(question)) > 0 else "wrong span"
    if _is_relevant(key, question):
        return "boundary off" if _overlaps(answer, question) else "wrong span"
    return "unjudged passage" if _is_unjudged(answer, question) else "wrong passage"


def _missed(prediction: Prediction) -> bool:
    ranking = prediction.ranking
    return ranking is not None and not any(_is_relevant(ranked.key, prediction.question) for ranked in ranking)


def _review_of(answer: Answer) -> "ReviewKey | None":
    return None if answer.review_id is None else (answer.item_id or "", answer.review_id)


def _is_unjudged(answer: Answer, question: Question) -> bool:
    key = _review_of(answer)
    return key is not None and key not in relevance(question)


def _is_relevant(key: "ReviewKey", question: Question) -> bool:
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
