"""Answers that a generator writes from passages: of what it wrote, what the reviews support."""

from collections.abc import Callable
from functools import cached_property
from time import perf_counter
from typing import Any

from haystack import Document, GeneratedAnswer

from qa_system.dense.vectors import encoder_of, vectors_of
from qa_system.generation.checker import AnswerChecker, checked_support
from qa_system.generation.llm import LLMGenerator, printable
from qa_system.generation.protocol import AnswerGenerator
from qa_system.generation.rag import RAGGenerator
from qa_system.inference.model_files import may_be_found
from qa_system.pipelines import GENERATORS, make_checker, make_generator, make_reader
from qa_system.queries import checked_question
from qa_system.reading.reader import Reader
from qa_system.records import Result
from qa_system.settings import Settings
from qa_system.stores.protocol import ReviewStore

OnToken = Callable[[str], None]


class Writing:
    """The methods of a system that have answers written."""

    store: ReviewStore
    settings: Settings
    _writers: dict[str, tuple[AnswerGenerator, AnswerChecker]]

    def write(
        self,
        query: str,
        passages: list[Document],
        *,
        item_id: str | None = None,
        generator: str | None = None,
        min_support: float | None = None,
        on_token: OnToken | None = None,
    ) -> Result:
        """
        Have an answer written from passages that `search` found, and withhold what they do not support.

        :param query: The question.
        :param passages: What `search` gave for it.
        :param item_id: The item it was asked about.
        :param generator: `rag` or `llm`; the setting `generation.generator` by default.
        :param min_support: Support in [0, 1] below which a sentence is withheld; the setting `generation.min_support`
            by default.
        :param on_token: Told of each piece of the answer as it is written, before anything of it is checked. Only a
            chat model writes piece by piece; RAG chooses among whole answers.
        :returns: The result, with `generated`.
        :raises QueryError: If the question is empty or too long.
        :raises SettingsError: If there is no such generator, it lacks a setting, or `min_support` is not in [0, 1].
        :raises ModelError: If the generator or the reader cannot be loaded.
        :raises GenerationError: If the generator cannot be reached, or writes nothing that can be used.
        """
        question = checked_question(query)
        limit = checked_support(self.settings.generation.min_support if min_support is None else min_support)
        writer, checker = self._writer(generator or self.settings.generation.generator)
        started = perf_counter()
        answers = self._written_by(writer, question, passages, on_token) if passages else []
        written = perf_counter()
        checked = checker.run(question, passages, answers, limit)
        return Result(
            query=question,
            item_id=item_id,
            answers=[],
            abstained=not any(answer.data for answer in checked["answers"]),
            no_answer_score=checked["no_answer_score"],
            passages=passages,
            timings={"writing": written - started, "checking": perf_counter() - written},
            generated=checked["answers"],
        )

    def generators(self) -> list[str]:
        """
        Name the generators that the settings are enough for.

        :returns: Those of `rag` and `llm` that `write` takes, the setting `generation.generator` first. What stands on
            the Hugging Face hub counts as there, whether it can be reached or not.
        """
        is_ready = {"rag": may_be_found(self.settings.rag.model), "llm": bool(self.settings.llm.model)}
        ready = [name for name in GENERATORS if is_ready[name]]
        return sorted(ready, key=lambda name: name != self.settings.generation.generator)

    @cached_property
    def _reader(self) -> Reader:
        return make_reader(self.settings)

    def _written_by(
        self, generator: AnswerGenerator, question: str, passages: list[Document], on_token: OnToken | None
    ) -> list[GeneratedAnswer]:
        if isinstance(generator, LLMGenerator):
            return generator.run(question, passages, _told(on_token))["answers"]
        if isinstance(generator, RAGGenerator):
            self._check_scores(generator, passages)
        return generator.run(question, passages)["answers"]

    def _check_scores(self, generator: RAGGenerator, passages: list[Document]) -> None:
        """Some generators learned to weigh passages by the inner products of one encoder, which others do not give."""
        finders = {name for passage in passages for name in passage.meta.get("found_by", {})}
        if finders == {"dense"} and self.settings.retrieval.reranker is None:
            encoder = encoder_of(vectors_of(self.store), self.settings.dense)
            generator.check_retriever(encoder.identity, vector_size=encoder.dimension)
        else:
            generator.check_retriever(None)

    def _writer(self, name: str) -> tuple[AnswerGenerator, AnswerChecker]:
        if name not in self._writers:
            checker = make_checker(self.store, self.settings, name, self._reader)
            self._writers[name] = make_generator(self.settings, name), checker
        return self._writers[name]


def _told(on_token: OnToken | None) -> Callable[[Any], None] | None:
    return None if on_token is None else lambda chunk: on_token(printable(chunk.content))
