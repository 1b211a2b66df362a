"""What every generator does, whatever it is made of."""

from typing import Any, Protocol

from haystack import Document, GeneratedAnswer


class AnswerGenerator(Protocol):
    """A Haystack component that writes answers to a question from passages."""

    def run(self, query: str, documents: list[Document]) -> dict[str, list[GeneratedAnswer]]:
        """
        Write answers.

        :param query: The question.
        :param documents: The passages, best first, as a retriever gave them.
        :returns: `answers`, best first.
        """
        ...

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component.

        :returns: Haystack's dictionary form.
        """
        ...
