"""Results -> the JSON objects that programs read. Their keys are documented in docs/cli.md and stable."""

from typing import Any

from haystack import Document, ExtractedAnswer, GeneratedAnswer

from qa_system.aspects.records import AspectLine, FactRow, FoundItem, Summary
from qa_system.consensus.wording import verdict
from qa_system.records import Consensus, Result, Sentence, Side

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


def result_object(result: Result) -> dict[str, Any]:
    """
    Put a result into plain data.

    :param result: What `QASystem.ask` gave.
    :returns: `question`, `item_id`, `abstained`, `no_answer_score`, `answers` (see `answer_object`), `generated` (see
        `generated_object`), `consensus` (see `consensus_object`; None where it was not asked for), `passages` (see
        `passage_object`) and `timings` in seconds by stage.
    """
    return {
        "question": result.query,
        "item_id": result.item_id,
        "abstained": result.abstained,
        "no_answer_score": result.no_answer_score,
        "answers": [answer_object(answer) for answer in result.answers],
        "generated": [generated_object(answer) for answer in result.generated],
        "consensus": consensus_object(result.consensus) if result.consensus else None,
        "passages": [passage_object(passage) for passage in result.passages],
        "timings": result.timings,
    }


def answer_object(answer: ExtractedAnswer) -> dict[str, Any]:
    """
    Put an answer into plain data.

    :param answer: An answer located in its review.
    :returns: `text`, `score`, `review_id`, `item_id`, `start` and `end` (characters in the review as stored),
        `context` (the words around it) and `meta` (of the review).
    """
    review, span = answer.document, answer.document_offset
    if review is None or span is None:
        raise ValueError("An abstention is no answer; see Result.abstained.")
    return {
        "text": answer.data,
        "score": answer.score,
        "review_id": review.id,
        "item_id": review.meta.get("item_id"),
        "start": span.start,
        "end": span.end,
        "context": answer.context,
        "meta": {key: value for key, value in review.meta.items() if key not in ("item_id", "review_id")},
    }


def generated_object(answer: GeneratedAnswer) -> dict[str, Any]:
    """
    Put a written answer into plain data.

    :param answer: An answer that was checked.
    :returns: `text` (what is left of it, with its citations), `written` (all as the generator wrote it),
        `unknown_citations` (how often it cited a passage that does not exist) and `sentences`, each with `text`,
        `citations` (places in `passages`, counted from 1), `support`, `withheld` and `spans` (see `answer_object`; the
        score of each is its support).
    """
    return {
        "text": answer.data,
        "written": answer.meta["written"],
        "unknown_citations": answer.meta["unknown_citations"],
        "sentences": [_sentence_object(sentence) for sentence in answer.meta["sentences"]],
    }


def _sentence_object(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "citations": list(sentence.citations),
        "support": sentence.support,
        "withheld": sentence.is_withheld,
        "spans": [answer_object(span) for span in sentence.spans],
    }


def consensus_object(consensus: Consensus) -> dict[str, Any]:
    """
    Put a consensus into plain data.

    :param consensus: What reviewers agree on.
    :returns: `verdict` (in a few words), `kind`, `agreement`, `interval` (of two numbers), `speaking` (how many
        reviewers say something), `reviews`, `copies` and `sides`, most reviewers first, each with `stance`, `support`
        and `quotes` (see `answer_object`), the best first.
    """
    return {
        "verdict": verdict(consensus),
        "kind": consensus.kind,
        "agreement": consensus.agreement,
        "interval": list(consensus.interval),
        "speaking": consensus.speaking,
        "reviews": consensus.reviews,
        "copies": consensus.copies,
        "sides": [side_object(side) for side in consensus.sides],
    }


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
    :returns: `stance`, `support` and `quotes` (see `answer_object`), the best first.
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


def passage_object(passage: Document) -> dict[str, Any]:
    """
    Put a passage into plain data.

    :param passage: A passage as `QASystem.search` gives it.
    :returns: `id`, `review_id`, `item_id`, `start` (characters in the review as stored), `text`, `score` and `found_by`
        (rank by retriever).
    """
    return {
        "id": passage.id,
        "review_id": passage.meta.get("review_id"),
        "item_id": passage.meta.get("item_id"),
        "start": passage.meta.get("split_idx_start", 0),
        "text": passage.content,
        "score": passage.score,
        "found_by": passage.meta.get("found_by", {}),
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
