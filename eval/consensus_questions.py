"""Which questions are worth asking all reviewers of an item."""

from collections.abc import Sequence
from dataclasses import replace

from qa_system.errors import SourceError
from qa_system.eval.consensus_sides import marked
from qa_system.records import Question


def answered_by(questions: Sequence[Question], reviews: int) -> list[Question]:
    """
    Leave out what few reviewers answer: agreement needs several. What nobody answers is kept, where it shows silence.

    :param questions: The questions.
    :param reviews: How many reviews have to answer a question at least; 1 leaves nothing out.
    :returns: The others, in order. `meta["reviewers"]` and `meta["division"]` say how many answer, and whether they
        are on one side, for the breakdowns of a report.
    :raises SourceError: If no question is left that a review answers.
    """
    described = [_described(question) for question in questions]
    chosen = [question for question in described if question.meta["reviewers"] >= reviews or not _answered(question)]
    if not any(map(_answered, chosen)):
        raise SourceError(
            f"None of the {len(questions):,} questions is answered by {reviews:,} reviews or more of one item. Take "
            "fewer with --reviewers, or a source whose labels name several reviews of an item."
        )
    return chosen


def _described(question: Question) -> Question:
    truth = marked(question)
    division = {0: None, 1: "all on one side"}.get(len(truth.sides), "on several sides")
    told = {"reviewers": len(truth.answering), **({"division": division} if division else {})}
    return replace(question, meta={**question.meta, **told})


def _answered(question: Question) -> bool:
    return bool(question.meta["reviewers"])
