"""What the command line shows: tables and highlighted spans for people, JSON for programs."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from textwrap import shorten
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.table import Table
from rich.text import Text

from qa_system.dense.durable import replace_file
from qa_system.errors import QAError
from qa_system.finite import finite

if TYPE_CHECKING:
    from haystack import Document, ExtractedAnswer

    from qa_system.doctor import Check
    from qa_system.indexing.documents import IndexReport
    from qa_system.records import Result, StoredLabel

NEAREST = 3
"""Passages shown where the reviews don't answer."""

SNIPPET_CHARS = 240
REDRAW_SECONDS = 0.2

_BREAKS = re.compile(r"[\n\t]")

_out = Console(highlight=False, soft_wrap=False)
_messages = Console(stderr=True, highlight=False)


class Progress:
    """
    A bar on stderr for each stage of a job, with rate and time left where the total is known.

    Call it with the stage, how much is done, and the total or None.
    """

    def __init__(self) -> None:
        self._bars = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=_messages,
            transient=not _messages.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._drawn = 0.0

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """
        Move the bar of a stage.

        :param stage: What is being done; a new name starts a new bar.
        :param done: Units done.
        :param total: Units in all, None where that is not known.
        """
        if done != total and monotonic() - self._drawn < REDRAW_SECONDS:
            return  # a job tells of each review, and drawing costs more than indexing one
        self._drawn = monotonic()
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total, rate="")
        task = self._bars.tasks[self._bars.task_ids.index(self._tasks[stage])]
        rate = f"{task.speed:,.0f}/s" if task.speed else ""
        self._bars.update(self._tasks[stage], completed=done, total=total, rate=rate)

    def __enter__(self) -> "Progress":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()


def warn(message: object) -> None:
    """
    Write a message to stderr.

    :param message: What to say; shown as plain text.
    """
    _messages.print(Text(str(message), style="yellow"), soft_wrap=True)


def tell(message: object) -> None:
    """
    Write a message to stderr that asks for no attention.

    :param message: What to say; shown as plain text.
    """
    _messages.print(Text(str(message)), soft_wrap=True)


def show_line(*parts: str | tuple[str, str], end: str = "\n") -> None:
    """
    Show a line of text.

    :param parts: Plain text, or text and its style.
    :param end: What follows it.
    """
    _out.print(Text.assemble(*parts), end=end)


def is_watched() -> bool:
    """
    Tell whether somebody sees messages as they come.

    :returns: Whether stderr is a terminal.
    """
    return _messages.is_terminal


def show_draft(piece: str) -> None:
    """
    Write a piece of what is not final to stderr, set quietly.

    :param piece: The piece, as it comes.
    """
    _messages.print(Text(piece, style="dim"), end="", soft_wrap=True)


def show_markdown(text: str) -> None:
    """
    Show Markdown: set for people, as it is for files and pipes.

    :param text: The Markdown.
    """
    if _out.is_terminal:
        from rich.markdown import Markdown

        _out.print(Markdown(text))
    else:
        sys.stdout.write(text)


def show_report(report: "IndexReport", *, store: str, as_json: bool) -> None:
    """
    Sum up an indexing run.

    :param report: What was done.
    :param store: Where.
    :param as_json: Whether for programs.
    """
    if as_json:
        show_json({"store": str(store), "read": report.read, **asdict(report)})
        return
    counts = {"read": report.read, **asdict(report)}
    done = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    _out.print(Text.assemble("Store ", (str(store), "bold"), f": {done}"), soft_wrap=True)


def show_result(result: "Result", *, as_json: bool) -> None:
    """
    Show the answers with their evidence, or the abstention with the nearest passages.

    :param result: What asking gave.
    :param as_json: Whether for programs.
    """
    if as_json:
        from qa_system.presentation import result_object

        show_json(result_object(result))
    elif not result.passages:
        _out.print("No passage speaks of it.")
    elif result.abstained:
        _out.print(Text("The reviews don't say", style="bold yellow"), Text(f"({result.no_answer_score:.0%} sure)"))
        show_nearest(result.passages)
    else:
        for answer in result.answers:
            show_answer(answer)


def show_nearest(passages: "Sequence[Document]") -> None:
    """
    Show what was found where nothing answers.

    :param passages: Best first.
    """
    _out.print("\nThe nearest passages:")
    for passage in passages[:NEAREST]:
        _show_passage(passage)


def show_passages(query: str, item_id: str | None, passages: "list[Document]", *, as_json: bool) -> None:
    """
    Show what was found.

    :param query: What was searched for.
    :param item_id: The item searched, None for all.
    :param passages: Best first.
    :param as_json: Whether for programs.
    """
    if as_json:
        from qa_system.presentation import passage_object

        show_json({"query": query, "item_id": item_id, "passages": [passage_object(one) for one in passages]})
        return
    if not passages:
        _messages.print("No passage speaks of it.")
    for passage in passages:
        _show_passage(passage)


def show_items(counts: Mapping[str, int], *, limit: int, as_json: bool) -> None:
    """
    Show the items of a store.

    :param counts: Number of reviews by item id.
    :param limit: Items to show.
    :param as_json: Whether for programs.
    """
    shown = list(counts.items())[:limit]
    if as_json:
        show_json({"items": [{"item_id": item, "reviews": count} for item, count in shown], "total": len(counts)})
        return
    table = Table("item", "reviews", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for item, count in shown:
        table.add_row(Text(item), f"{count:,}")
    _out.print(table)
    if len(counts) > limit:
        _messages.print(f"{len(counts) - limit:,} more; --limit shows them.")


def show_labels(labels: "Sequence[StoredLabel]", *, limit: int, as_json: bool) -> None:
    """
    Show what was judged.

    :param labels: The labels.
    :param limit: Labels to show.
    :param as_json: Whether for programs.
    """
    shown = labels[:limit]
    if as_json:
        show_json({"labels": [asdict(label) for label in shown], "total": len(labels)})
        return
    if not labels:
        _messages.print("No labels.")
    for label in shown:
        words = f"  «{_BREAKS.sub(' ', label.text)}»" if label.text else ""
        where = f"        review {label.review_id}  {label.item_id}  {label.origin}  {label.time[:10]}"
        _out.print(Text.assemble(f"{label.verdict:8}", (label.question, "bold"), words), soft_wrap=True)
        _out.print(Text(where, style="dim"), soft_wrap=True)
    if len(labels) > limit:
        _messages.print(f"{len(labels) - limit:,} more; --limit shows them.")


def show_table(columns: Sequence[str], rows: "Sequence[Sequence[str]]") -> None:
    """
    Show a table.

    :param columns: What stands above each column.
    :param rows: The cells, row by row.
    """
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_BREAKS.sub(" ", cell)) for cell in row))
    _out.print(table)


def show_checks(checks: "list[Check]", *, as_json: bool) -> bool:
    """
    Show what `qa doctor` found.

    :param checks: The checks made.
    :param as_json: Whether for programs.
    :returns: Whether all that is required is in order.
    """
    if as_json:
        show_json({"checks": [asdict(check) for check in checks]})
    else:
        table = Table(box=None, pad_edge=False, show_header=False)
        for check in checks:
            table.add_row(_mark(check), Text(check.name, style="bold"), Text(check.found))
        _out.print(table)
    return all(check.ok or check.optional for check in checks)


def _mark(check: "Check") -> Text:
    if check.ok:
        return Text("ok", style="green")
    return Text("missing", style="yellow") if check.optional else Text("FAILED", style="red")


def show_answer(answer: "ExtractedAnswer") -> None:
    """
    Show a span of a review, and the review around it.

    :param answer: The span, located in its review.
    """
    review = answer.document
    if review is None:
        return
    _out.print(Text.assemble((f"{answer.score:4.0%}  ", "bold green"), (answer.data or "", "bold")))
    _out.print(Text("      ") + _review_line(review))
    _out.print(_indented(_highlighted(answer)), end="\n\n")


def show_quote(quote: "ExtractedAnswer") -> None:
    """
    Show the words of a review, and which one it is.

    :param quote: The words, located in their review.
    """
    if quote.document is None:
        return
    words = Text(f"«{_BREAKS.sub(' ', quote.data or '')}»  ")
    _out.print(_indented(words + Text(style="dim") + _review_line(quote.document)))


def _highlighted(answer: "ExtractedAnswer") -> Text:
    """Mark the answer in its context: by colour, or, where there is none, by quotation marks."""
    span, place, review = answer.context_offset, answer.document_offset, answer.document
    if span is None or place is None or review is None:
        return Text(answer.context or "")
    context = _BREAKS.sub(" ", answer.context or "")
    opened, closed = ("", "") if _out.is_terminal else ("«", "»")
    marked = (f"{opened}{context[span.start : span.end]}{closed}", "bold black on bright_yellow")
    before = "… " if place.start > span.start else ""
    after = " …" if place.end + len(context) - span.end < len(review.content or "") else ""
    return Text.assemble(before, context[: span.start], marked, context[span.end :], after)


def _show_passage(passage: "Document") -> None:
    finders = ", ".join(f"{name} #{rank}" for name, rank in passage.meta.get("found_by", {}).items())
    _out.print(Text("\n      ") + _review_line(passage) + Text(f"  {finders}", style="dim"))
    _out.print(_indented(Text(shorten(passage.content or "", SNIPPET_CHARS, placeholder=" …"))))


def _review_line(document: "Document") -> Text:
    known = [document.meta.get("item_id"), document.meta.get("date")]
    rating = document.meta.get("rating")
    parts = [str(part) for part in known if part] + ([f"rated {rating:g}"] if isinstance(rating, int | float) else [])
    return Text.assemble("review ", (str(document.meta.get("review_id", document.id)), "cyan"), f"  {'  '.join(parts)}")


def _indented(text: Text) -> Text:
    lines = text.wrap(_out, max(20, _out.width - 6))
    return Text("\n").join(Text("      ") + line for line in lines)


def write_json(value: dict[str, Any], out: Path | None) -> None:
    """
    Write an object to a file in one piece.

    :param value: What `json.dumps` takes.
    :param out: The file; None shows the object.
    :raises QAError: If the file cannot be written; an old one stays.
    """
    if out is None:
        show_json(value)
        return
    try:
        replace_file(out, json.dumps(value, ensure_ascii=False))
    except OSError as error:
        raise QAError(f"{out} cannot be written: {error}.") from error


def show_json(value: dict[str, Any]) -> None:
    """
    Show an object for programs.

    :param value: What `json.dumps` takes; NaN and infinities, which JSON does not know, become null.
    """
    json.dump(finite(value), sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write("\n")
