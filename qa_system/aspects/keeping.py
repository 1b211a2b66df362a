"""A summary -> what is kept of it, and back: quotes are kept as places, their words stand in the reviews."""

from collections.abc import Mapping, Sequence
from typing import Any

from haystack import Document, ExtractedAnswer

from qa_system.aspects.lines import quoted
from qa_system.aspects.records import AspectLine, Summary
from qa_system.records import Side, Stance


def kept_summary(summary: Summary) -> dict[str, Any]:
    """
    Put a summary into the least data that it can be made of again.

    :param summary: The summary.
    :returns: What `json.dumps` takes.
    """
    return {"copies": summary.copies, "lines": [_kept_line(line) for line in summary.lines]}


def restored_summary(item_id: str, kept: Mapping[str, Any], reviews: Sequence[Document]) -> Summary:
    """
    Make a summary of what was kept of it.

    :param item_id: The item.
    :param kept: What `kept_summary` gave.
    :param reviews: The reviews that it was made of.
    :returns: The summary.
    """
    by_id = {review.id: review for review in reviews}
    lines = tuple(_restored_line(line, by_id) for line in kept["lines"])
    return Summary(item_id, lines, len(reviews), kept["copies"])


def _kept_line(line: AspectLine) -> dict[str, Any]:
    return {
        "aspect": line.aspect,
        "terms": line.terms,
        "praise": [_place(quote) for quote in line.praise.quotes],
        "complaints": [_place(quote) for quote in line.complaints.quotes],
        "mentions": line.mentions,
        "share": line.share,
        "interval": line.interval,
    }


def _place(quote: ExtractedAnswer) -> tuple[str, int, int, float]:
    review, span = quote.document, quote.document_offset
    if review is None or span is None:
        raise ValueError("A quote stands in a review.")
    return review.id, span.start, span.end, quote.score


def _restored_line(kept: Mapping[str, Any], by_id: Mapping[str, Document]) -> AspectLine:
    def side(stance: Stance, places: Sequence[tuple[str, int, int, float]]) -> Side:
        return Side(stance, [quoted(kept["aspect"], by_id[place[0]], *place[1:]) for place in places])

    return AspectLine(
        aspect=kept["aspect"],
        terms=tuple(kept["terms"]),
        praise=side("positive", kept["praise"]),
        complaints=side("negative", kept["complaints"]),
        mentions=kept["mentions"],
        share=kept["share"],
        interval=(kept["interval"][0], kept["interval"][1]),
    )
