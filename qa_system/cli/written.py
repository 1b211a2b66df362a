"""What `qa ask --generator` shows: the draft while it is written, then what the reviews support, with its evidence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qa_system import console

if TYPE_CHECKING:
    from haystack import ExtractedAnswer, GeneratedAnswer

    from qa_system.records import Result, Sentence

UNSURE, CITED = "yellow", "cyan"


@contextmanager
def draft(*, as_json: bool) -> Iterator[Callable[[str], None] | None]:
    """
    Show an answer while it is written, before anything of it is checked.

    :param as_json: Whether the answer is for programs.
    :returns: A block inside which what it gives takes the pieces of the answer; None where nobody watches.
    """
    if as_json or not console.is_watched():
        yield None
        return
    pieces: list[str] = []

    def show(piece: str) -> None:
        console.show_draft(piece if pieces else f"A draft, not checked yet: {piece}")
        pieces.append(piece)

    try:
        yield show
    finally:
        console.show_draft("\n\n" if pieces else "")


def show_result(result: "Result", *, as_json: bool) -> None:
    """
    Show what asking gave, found or written.

    :param result: The result.
    :param as_json: Whether for programs.
    """
    if as_json or not result.generated:
        console.show_result(result, as_json=as_json)
        return
    for answer in result.generated:
        _show_written(answer)
    if result.abstained:
        console.show_nearest(result.passages)


def _show_written(answer: "GeneratedAnswer") -> None:
    sentences: list[Sentence] = answer.meta["sentences"]
    kept = [sentence for sentence in sentences if not sentence.is_withheld]
    withheld = [sentence for sentence in sentences if sentence.is_withheld]
    for sentence in kept:
        console.show_line(f"{sentence.support:4.0%}  ", (sentence.text, "bold"), (_citations(sentence), CITED))
    if not kept:
        console.show_line(("The reviews don't say", f"bold {UNSURE}"))
    if withheld:
        console.show_line("\nWithheld, for the reviews do not support it enough:")
    for sentence in withheld:
        console.show_line((f"{sentence.support:4.0%}  {sentence.text}{_citations(sentence)}", UNSURE))
    if answer.meta["unknown_citations"]:
        console.warn(f"It cited passages that do not exist {answer.meta['unknown_citations']} times.")
    if kept:
        console.show_line("\nWhat the reviews say for it:\n")
    for span in _evidence(kept):
        console.show_line((f"[{span.meta['passage']}]", CITED), end=" ")
        console.show_answer(span)


def _citations(sentence: "Sentence") -> str:
    return " " + "".join(f"[{number}]" for number in sentence.citations) if sentence.citations else ""


def _evidence(sentences: "list[Sentence]") -> "Iterator[ExtractedAnswer]":
    """Each place once, though it may support several sentences."""
    shown = set()
    for sentence in sentences:
        for span in sentence.spans:
            place = (span.meta["passage"], span.data)
            if place not in shown:
                shown.add(place)
                yield span
