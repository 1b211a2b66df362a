"""The maker of what `recording` asks of what reviewers agree on."""

from collections.abc import Sequence
from functools import lru_cache

from haystack import Document

from qa_system.consensus.questions import is_subjective
from qa_system.eval.asking import Retrieval, span_of
from qa_system.eval.predictions import Agreed, Prediction, Stand
from qa_system.eval.recording import Ask
from qa_system.records import Consensus, Question, Side

_TRIAL = "Is it any good?"
_ITEMS = 64
"""Items whose stars are kept in mind: the questions on an item mostly follow each other."""


def consensus_asker(retrieval: Retrieval) -> Ask:
    """
    Evaluate what reviewers are said to agree on.

    :param retrieval: Which retriever; its depth is the number of passages that are read at most. The settings of its
        system are not to keep what was found, or old findings are measured.
    :returns: Makes a prediction with `consensus`. Its models are loaded.
    :raises StoreError: If the retriever needs a dense index and the store has none.
    :raises ModelError: If a model cannot be loaded.
    """
    system = retrieval.system
    stars = lru_cache(_ITEMS)(lambda item_id: stars_of(system.reviews(item_id)))
    if trial := next(iter(system.items()), None):
        system.ask(_TRIAL, item_id=trial, passages=1, retriever=retrieval.name, consensus=True)

    def ask(question: Question) -> Prediction:
        item_id = retrieval.item_of(question)
        result = system.ask(
            question.text, item_id=item_id, passages=retrieval.depth, retriever=retrieval.name, consensus=True
        )
        if result.consensus is None:
            raise ValueError("A consensus was asked for, and the result has none.")
        agreed = agreed_of(result.consensus, subjective=is_subjective(question.text), stars=stars(item_id))
        return Prediction(question, consensus=agreed, timings=result.timings)

    return ask


def agreed_of(consensus: Consensus, *, subjective: bool | None = None, stars: dict[str, float] | None = None) -> Agreed:
    """
    Make a record of a consensus.

    :param consensus: The consensus.
    :param subjective: Whether the question was taken to ask for an opinion; None where nothing says.
    :param stars: The rating of each of the item's reviews that has one, by review id.
    :returns: What a run keeps of it.
    """
    return Agreed(
        kind=consensus.kind,
        sides=tuple(map(_stand, consensus.sides)),
        agreement=float(consensus.agreement),
        interval=(float(consensus.interval[0]), float(consensus.interval[1])),
        reviews=consensus.reviews,
        copies=consensus.copies,
        is_subjective=subjective,
        stars=stars or {},
    )


def stars_of(reviews: Sequence[Document]) -> dict[str, float]:
    """
    List what reviews were rated.

    :param reviews: Whole reviews.
    :returns: Review id to rating, of those that have one.
    """
    rated = ((review.meta["review_id"], review.meta.get("rating")) for review in reviews)
    return {review_id: float(rating) for review_id, rating in rated if isinstance(rating, int | float)}


def _stand(side: Side) -> Stand:
    return Stand(side.stance, tuple(map(span_of, side.quotes)))
