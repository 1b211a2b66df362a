"""What anybody can say of reviewers without reading them all: the single best span, and their stars."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from qa_system.eval.consensus import FACTS, KINDS, OF_SIDES, per_question
from qa_system.eval.means import clusters_of, means
from qa_system.eval.predictions import Agreed, Answer, Stand
from qa_system.eval.scorecard import Estimate
from qa_system.records import Question

POSITIVE_FROM, NEGATIVE_TO = 4, 2
"""Stars that are praise, and stars that are not; what is between is neither."""


def of_consensus(questions: Sequence[Question], agreed: Sequence[Agreed | None]) -> dict[str, dict[str, Estimate]]:
    """
    Measure what a consensus is held against, on the same questions.

    :param questions: What was asked.
    :param agreed: What was said, None where the question failed.
    :returns: Measures by baseline: `single best span`; where the reviews have stars, `stars of the item` and `stars of
        who speaks`, which say nothing of facts; of the kinds of questions `always an opinion`.
    """
    found = {"single best span": _measures(questions, agreed, best_span)}
    if any(one.stars for one in agreed if one):
        found["stars of the item"] = _measures(questions, agreed, stars_of_item, facts=False)
        found["stars of who speaks"] = _measures(questions, agreed, stars_of_speakers, facts=False)
    found["always an opinion"] = _of_kinds(questions)
    return {name: measures for name, measures in found.items() if measures}


def best_span(agreed: Agreed) -> Agreed:
    """
    Say what a single answer says: its words, as if nobody dissented.

    :param agreed: What was said.
    :returns: The side of the best quote of all, with that quote alone.
    """
    stands = [Stand(stand.stance, (quote,)) for stand in agreed.sides for quote in stand.quotes]
    best = max(stands, key=lambda stand: stand.quotes[0].score, default=None)
    return replace(agreed, sides=(best,) if best else (), agreement=1.0 if best else 0.0)


def stars_of_item(agreed: Agreed) -> Agreed:
    """
    Count the stars of all reviews of the item, whatever was asked.

    :param agreed: What was said, with the stars.
    :returns: Reviewers by their stars.
    """
    return _by_stars(agreed, agreed.stars)


def stars_of_speakers(agreed: Agreed) -> Agreed:
    """
    Put who was found to speak of the question on the side of their stars.

    :param agreed: What was said, with the stars.
    :returns: The same reviewers by their stars.
    """
    return _by_stars(agreed, [quote.review_id for stand in agreed.sides for quote in stand.quotes if quote.review_id])


def stance_of_stars(stars: float) -> str:
    """
    Tell what a rating says.

    :param stars: Of five.
    :returns: `positive`, `negative` or `neutral`.
    """
    if stars >= POSITIVE_FROM:
        return "positive"
    return "negative" if stars <= NEGATIVE_TO else "neutral"


def _by_stars(agreed: Agreed, reviews: Collection[str]) -> Agreed:
    sides: dict[str, list[Answer]] = {}
    for review in dict.fromkeys(reviews):
        if review in agreed.stars:
            sides.setdefault(stance_of_stars(agreed.stars[review]), []).append(Answer("", 0.0, review_id=review))
    stands = sorted((Stand(stance, tuple(quotes)) for stance, quotes in sides.items()), key=lambda s: -len(s.quotes))
    counts = [len(stand.quotes) for stand in stands]
    return replace(agreed, sides=tuple(stands), agreement=counts[0] / sum(counts) if counts else 0.0)


def _measures(
    questions: Sequence[Question],
    agreed: Sequence[Agreed | None],
    baseline: Callable[[Agreed], Agreed],
    *,
    facts: bool = True,
) -> dict[str, Estimate]:
    """Measure a baseline by what it can be measured by: it does not say what a question asks for."""
    values = per_question(questions, [baseline(one) if one else None for one in agreed])
    wanted = [name for name in values if name in OF_SIDES or (facts and name.removesuffix(FACTS) in OF_SIDES)]
    return means({name: values[name] for name in wanted}, clusters_of(questions))


def _of_kinds(questions: Sequence[Question]) -> dict[str, Estimate]:
    """Measure what takes every question for one of opinion."""
    values = per_question(questions, [Agreed("opinion", is_subjective=True)] * len(questions))
    return means({name: values[name] for name in KINDS if name in values}, clusters_of(questions))
