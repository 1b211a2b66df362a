"""Which texts are learned from, which choose the model and which measure it, in whatever spelling they come."""

from collections.abc import Iterable

from qa_system.records import Question
from qa_system.sources.splits import Part, part_of

_FIRST: tuple[Part, ...] = ("held_out", "validation", "train")


class Parts:
    """
    Assigns texts to parts as `part_of` does; texts of the same letters, one of which is for measuring, all are: a
    review may come once as it was written and once in tokens.

    :param questions: Of each text, a question with the text as `context`.
    """

    def __init__(self, questions: Iterable[Question]) -> None:
        self._parts: dict[str, Part] = {}
        for question in questions:
            text, part = bare(question.context or ""), part_of(question)
            self._parts[text] = min(self._parts.get(text, part), part, key=_FIRST.index)

    def of(self, text: str) -> Part:
        """
        Find the part of a text.

        :param text: One of the texts.
        :returns: Its part.
        """
        return self._parts[bare(text)]


def bare(text: str) -> str:
    """
    Leave of a text what tells it from others, however it is spaced and punctuated.

    :param text: The text.
    :returns: Its letters and digits.
    """
    return "".join(filter(str.isalnum, text.lower()))
