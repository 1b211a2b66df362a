"""Whether the lines of a summary are supported by the places that they name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_system.aspects.records import Summary
from qa_system.eval.consensus_baselines import stance_of_stars
from qa_system.eval.consensus_sides import normal_side
from qa_system.eval.means import clusters_of, means
from qa_system.eval.scorecard import Estimate
from qa_system.generation.words import content, words_of
from qa_system.records import Question, Side
from qa_system.reviews import ReviewKey, review_key

BY_STARS = "quotes on the right side, by stars"


@dataclass(frozen=True, slots=True)
class Quote:
    """
    A place that a line names.

    :param key: The review.
    :param start: Offset of its first character in the review.
    :param end: Offset after its last character.
    :param text: The words that are said to stand there.
    :param stars: What the review was rated; None where nothing says.
    """

    key: ReviewKey
    start: int
    end: int
    text: str
    stars: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """
    A side of an aspect: so many reviewers praise it, or complain about it.

    :param item_id: The item.
    :param words: What it is about: the words for the aspect.
    :param stance: `positive` or `negative`.
    :param quotes: The places it names, one for each reviewer counted.
    """

    item_id: str
    words: tuple[str, ...]
    stance: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A place of a review that was labelled, with the opinion that it shows.

    :param start: Offset of its first character in the review.
    :param end: Offset after its last character.
    :param stance: `positive` or `negative`.
    :param about: The stems of its words, and of the question that they answer.
    """

    start: int
    end: int
    stance: str
    about: frozenset[str]


Places = Mapping[ReviewKey, Sequence[Judged]]
Values = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class LineScores:
    """
    How well summaries are supported.

    :param items: How many were summed up.
    :param lines: How many lines there are.
    :param judged: How many of them have a quote whose opinion was labelled.
    :param measures: Their means, with intervals that resample items.
    """

    items: int
    lines: int
    judged: int
    measures: Mapping[str, Estimate]


def lines_of(summary: Summary) -> list[Line]:
    """
    Take a summary apart.

    :param summary: The summary.
    :returns: A line for each side of each aspect that somebody is on.
    """
    return [
        Line(summary.item_id, (line.aspect, *line.terms), side.stance, tuple(_quotes(side)))
        for line in summary.lines
        for side in (line.praise, line.complaints)
        if side.quotes
    ]


def judged_places(questions: Iterable[Question], language: str) -> dict[ReviewKey, list[Judged]]:
    """
    List the places of reviews that were labelled with an opinion for or against the item.

    :param questions: With labels that have sides; neutral ones and facts are passed over.
    :param language: Decides how words are stemmed.
    :returns: The places of each review.
    """
    places: dict[ReviewKey, list[Judged]] = {}
    for question in questions:
        for label in question.labels:
            stance = normal_side(label.side, question) if label.side else None
            if stance in ("positive", "negative") and label.start is not None and label.end is not None:
                about = _stems(f"{question.text} {label.text}", language)
                place = Judged(label.start, label.end, stance, about)
                places.setdefault((question.item_id or "", label.review_id), []).append(place)
    return places


def scored(summaries: Sequence[Summary], texts: Mapping[ReviewKey, str], places: Places, language: str) -> LineScores:
    """
    Measure summaries.

    :param summaries: Each of another item.
    :param texts: The whole reviews.
    :param places: As of `judged_places`.
    :param language: Decides how words are stemmed.
    :returns: The scores.
    """
    lines = [line for summary in summaries for line in lines_of(summary)]
    values = per_line(lines, texts, places, language)
    items = [Question("", "", line.item_id) for line in lines]
    judged = int((~np.isnan(values["quotes on the right side"])).sum())
    return LineScores(len(summaries), len(lines), judged, means(values, clusters_of(items)))


def per_line(lines: Sequence[Line], texts: Mapping[ReviewKey, str], places: Places, language: str) -> Values:
    """
    Measure each line.

    :param lines: The lines.
    :param texts: The whole reviews.
    :param places: As of `judged_places`.
    :param language: Decides how words are stemmed.
    :returns: Measure to its values, shape `[lines]`, NaN where it does not apply.
    """
    marks = [_marks(line, texts, places, language) for line in lines]
    return {name: np.array([one[name] for one in marks], dtype=np.float64) for name in MEASURES}


MEASURES = {
    "lines supported": "share of the lines whose places, each in another review, all hold their words and name the "
    "aspect, and none of which was labelled with the other opinion",
    "quotes in place": "share of a line's quotes that stand, word for word, where it says",
    "quotes that name it": "share of a line's quotes that have one of the aspect's words",
    "quotes on the right side": "share of a line's quotes whose opinion is the line's, of those at a place that was "
    "labelled with an opinion on the aspect",
    BY_STARS: "the same quotes, had each been put on the side of its review's stars: a baseline",
}
"""Measure to meaning."""


def _marks(line: Line, texts: Mapping[ReviewKey, str], places: Places, language: str) -> dict[str, float]:
    stems = [_stems(word, language) for word in line.words]
    in_place = [texts.get(quote.key, "")[quote.start : quote.end] == quote.text != "" for quote in line.quotes]
    named = [_names(quote.text, stems, language) for quote in line.quotes]
    stances = [_labelled(quote, stems, places) for quote in line.quotes]
    right = [line.stance == stance for stance in stances if stance]
    stars = [_by_stars(quote) == stance for quote, stance in zip(line.quotes, stances, strict=True) if stance]
    once = len({quote.key for quote in line.quotes}) == len(line.quotes)
    return {
        "lines supported": float(once and all(in_place) and all(named) and all(right)),
        "quotes in place": _share(in_place),
        "quotes that name it": _share(named),
        "quotes on the right side": _share(right),
        BY_STARS: _share(stars),
    }


def _labelled(quote: Quote, stems: Sequence[frozenset[str]], places: Places) -> str | None:
    """Tell the opinion that was labelled there on the aspect; None where none was, or both were."""
    aspect = frozenset().union(*stems)
    found = {
        place.stance
        for place in places.get(quote.key, ())
        if place.start < quote.end and quote.start < place.end and place.about & aspect
    }
    return found.pop() if len(found) == 1 else None


def _names(text: str, stems: Sequence[frozenset[str]], language: str) -> bool:
    said = _stems(text, language)
    return any(words <= said for words in stems if words)


def _stems(text: str, language: str) -> frozenset[str]:
    return content(words_of(text, language))


def _by_stars(quote: Quote) -> str | None:
    return None if quote.stars is None else stance_of_stars(quote.stars)


def _share(right: Sequence[bool]) -> float:
    return float(np.mean(right)) if right else np.nan


def _quotes(side: Side) -> Iterable[Quote]:
    for quote in side.quotes:
        review, span = quote.document, quote.document_offset
        if review is None or span is None:
            raise ValueError(f"The quote {quote.data!r} stands in no review.")
        stars = review.meta.get("rating")
        rated = float(stars) if isinstance(stars, int | float) else None
        yield Quote(review_key(review), span.start, span.end, quote.data or "", rated)
