"""Summaries, facts and found items -> the JSON objects that programs read, and tables. Their keys are stable."""

from typing import Any

from qa_system.aspects.records import AspectLine, FactRow, FoundItem, Summary
from qa_system.presentation import answer_object
from qa_system.records import Side

FACT_COLUMNS = (
    "item_id",
    "question",
    "answer",
    "kind",
    "support",
    "speaking",
    "reviews",
    "agreement",
    "agreement_low",
    "agreement_high",
    "quote",
    "review_id",
    "start",
    "end",
)
"""Columns of a table of facts."""


def summary_object(summary: Summary) -> dict[str, Any]:
    """
    Put a summary into plain data.

    :param summary: What `QASystem.summary` gave.
    :returns: `item_id`, `reviews`, `copies`, and `pros`, `cons` and `divided`, each a list of lines with `aspect`,
        `terms`, `mentions`, `share`, `interval`, and `praise` and `complaints` (see `side_object`).
    """
    return {
        "item_id": summary.item_id,
        "reviews": summary.reviews,
        "copies": summary.copies,
        "pros": [_line_object(line) for line in summary.pros],
        "cons": [_line_object(line) for line in summary.cons],
        "divided": [_line_object(line) for line in summary.divided],
    }


def side_object(side: Side) -> dict[str, Any]:
    """
    Put those who say the same into plain data.

    :param side: A side.
    :returns: `stance`, `support` and `quotes` (see `answer_object`).
    """
    return {
        "stance": side.stance,
        "support": side.support,
        "quotes": [answer_object(quote) for quote in side.quotes],
    }


def fact_object(row: FactRow) -> dict[str, Any]:
    """
    Put a fact into plain data, flat enough for a table.

    :param row: What `QASystem.facts` gave.
    :returns: A value for each of `FACT_COLUMNS`; null where the reviews don't say.
    """
    consensus, quote = row.consensus, answer_object(row.quote) if row.quote else {}
    says = consensus.leading is not None
    low, high = consensus.interval
    return {
        "item_id": row.item_id,
        "question": row.question,
        "answer": row.answer if says else None,
        "kind": consensus.kind,
        "support": consensus.leading.support if consensus.leading else 0,
        "speaking": consensus.speaking,
        "reviews": consensus.reviews,
        "agreement": consensus.agreement if says else None,
        "agreement_low": low if says else None,
        "agreement_high": high if says else None,
        "quote": quote.get("text"),
        "review_id": quote.get("review_id"),
        "start": quote.get("start"),
        "end": quote.get("end"),
    }


def found_object(item: FoundItem) -> dict[str, Any]:
    """
    Put an item that was found into plain data.

    :param item: What `QASystem.find` gave.
    :returns: `item_id`, `score`, `interval`, `reviews`, and `supporting` and `opposing` (see `side_object`).
    """
    return {
        "item_id": item.item_id,
        "score": item.score,
        "interval": list(item.interval),
        "reviews": item.reviews,
        "supporting": side_object(item.supporting),
        "opposing": side_object(item.opposing),
    }


def _line_object(line: AspectLine) -> dict[str, Any]:
    return {
        "aspect": line.aspect,
        "terms": list(line.terms),
        "mentions": line.mentions,
        "share": line.share,
        "interval": list(line.interval),
        "praise": side_object(line.praise),
        "complaints": side_object(line.complaints),
    }
