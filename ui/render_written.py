"""
What the page shows of written answers, as HTML. Pure, as `render` is.

A generator's words are of others too: they pass through `escaped`, and what a generator writes is never Markdown.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from qa_system.ui.render import escaped, folded, review_in_place, source_line

if TYPE_CHECKING:  # importing Haystack loads torch
    from haystack import ExtractedAnswer

    from qa_system import Sentence


def draft(text: str) -> str:
    """
    Show an answer while it is written.

    :param text: What has come.
    :returns: HTML that says that nothing of it was checked.
    """
    return (
        '<section class="qa-draft"><p class="qa-advice">A draft, not checked yet</p>'
        f'<p class="qa-text"><bdi>{escaped(text)}</bdi></p></section>'
    )


def answer(sentences: "Sequence[Sentence]") -> str:
    """
    Show what is left of an answer.

    :param sentences: Those that are not withheld.
    :returns: HTML: each sentence with its citations and how well the reviews support it, or that they don't say.
    """
    if not sentences:
        return '<section class="qa-abstention"><p class="qa-says">The reviews don&#x27;t say</p></section>'
    return f'<article class="qa-written">{"".join(map(_sentence, sentences))}</article>'


def withheld(sentences: "Iterable[Sentence]", unknown_citations: int) -> str:
    """
    Show what was withheld, only to those who open it.

    :param sentences: The sentences.
    :param unknown_citations: How often passages were cited that do not exist.
    :returns: HTML.
    """
    note = f'<p class="qa-advice">Citations of passages that do not exist: {unknown_citations}</p>'
    shown = "".join(map(_sentence, sentences)) + (note if unknown_citations else "")
    return folded("Withheld: the reviews do not support it enough", f'<div class="qa-withheld">{shown}</div>')


def evidence(span: "ExtractedAnswer", found_by: Mapping[str, int]) -> str:
    """
    Show a place of a review that supports a sentence.

    :param span: Located in its whole review.
    :param found_by: The rank of its passage, by retriever.
    :returns: HTML: the number that cites it, and the review, which opens in place.
    """
    review, place = span.document, span.document_offset
    if review is None or place is None:
        raise ValueError("Support is a place of a review.")
    return (
        f'<article class="qa-passage"><p class="qa-cited">{_citation(span.meta["passage"])}</p>'
        f"{review_in_place(review, place.start, place.end)}{source_line(review.meta, found_by)}</article>"
    )


def _sentence(sentence: "Sentence") -> str:
    citations = "".join(map(_citation, sentence.citations))
    support = f'<span class="qa-support">support {sentence.support:.0%}</span>'
    return f"<p><bdi>{escaped(sentence.text)}</bdi> {citations} {support}</p>"


def _citation(number: int) -> str:
    return f'<span class="qa-number">[{number}]</span>'
