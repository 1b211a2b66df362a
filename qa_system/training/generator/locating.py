"""Where answers stand among the tokens that a generator reads."""

from typing import Any

from qa_system.training.generator.questions import RagQuestion

Place = tuple[int, int]

UNKNOWN = -100
"""The token of an answer that nobody looked for."""

NOWHERE: Place = (0, 0)
"""The first token of all, that of the class, which stands for no answer."""

_NOT_KNOWN: Place = (UNKNOWN, UNKNOWN)


def places(question: RagQuestion, answer: str, read: Any) -> list[Place]:
    """
    Find the first and the last token of an answer in each passage.

    The first passage is the one that annotators read. Of the others it is known only that they do not answer where they
    were drawn by chance, which is so for a question that nobody found an answer to.

    :param question: The question with its passages.
    :param answer: What one annotator marked in the first passage; empty for none.
    :param read: What a fast tokenizer made of the question with each passage.
    :returns: For each passage the tokens, the first token of all for no answer, `UNKNOWN` where nobody looked.
    """
    own = _place(question.passages[0], answer, read) if answer else NOWHERE
    return [own] + [_NOT_KNOWN if question.gold else NOWHERE] * (len(question.passages) - 1)


def _place(passage: str, answer: str, read: Any) -> Place:
    start = passage.find(answer)
    if start < 0:  # as where the passage is spaced otherwise
        return _NOT_KNOWN
    first, last = (read.char_to_token(0, at, sequence_index=1) for at in (start, start + len(answer) - 1))
    return _NOT_KNOWN if first is None or last is None else (first, last)
