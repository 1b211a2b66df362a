"""The check of generated answers as a Haystack component: each sentence with what supports it, or withheld."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from haystack import Document, GeneratedAnswer, component, default_from_dict, default_to_dict
from haystack.document_stores.types import DocumentStore

from qa_system.errors import SettingsError
from qa_system.generation.citations import Cited, cited_sentences
from qa_system.generation.prompt import is_abstention
from qa_system.generation.ranking import best_first
from qa_system.generation.support import Claim, ReadPassage, strongest
from qa_system.generation.words import words_of
from qa_system.reading.locator import ReviewLocator
from qa_system.reading.reader import Reader
from qa_system.records import Sentence

ANSWERS_OF_A_PASSAGE = 5
"""Places of each passage that are looked at for support."""
SPANS_SHOWN = 5


@component
class AnswerChecker:
    """
    Finds for each sentence of a generated answer the places of passages that support it, and withholds it without any.

    Sentences of a generator that cites are looked for in the passages that they cite only, those of one that does not,
    in all passages. `ReadPassage.support` tells what support is.

    :param reader: What finds answers in passages.
    :param document_store: Where the whole reviews are, to show places in them; without it they are shown in passages.
    :param cited: Whether the generator cites passages. A sentence that cites none has no support then.
    :param min_support: Support in [0, 1] below which a sentence is withheld; 0 withholds none.
    :param language: Decides how words are stemmed.
    :param top_k: How many answers are returned at most, best first; None for all.
    :raises SettingsError: `min_support` is not in [0, 1], or `top_k` less than 1.
    """

    def __init__(
        self,
        reader: Reader,
        document_store: DocumentStore | None = None,
        *,
        cited: bool = True,
        min_support: float = 0.4,
        language: str = "english",
        top_k: int | None = None,
    ) -> None:
        if top_k is not None and top_k < 1:
            raise SettingsError(f"top_k is {top_k}, it has to be at least 1, or none.")
        self.reader = reader
        self.document_store = document_store
        self.cited = cited
        self.min_support = checked_support(min_support)
        self.language = language
        self.top_k = top_k

    def warm_up(self) -> None:
        """
        Load the reader; later calls do nothing.

        :raises ModelError: It cannot be loaded.
        """
        self.reader.warm_up()

    @component.output_types(answers=list[GeneratedAnswer], no_answer_score=float)
    def run(
        self,
        query: str,
        documents: list[Document],
        answers: list[GeneratedAnswer],
        min_support: float | None = None,
    ) -> dict[str, Any]:
        """
        Check answers.

        :param query: The question.
        :param documents: The passages that the generator was given, in the same order.
        :param answers: What it wrote.
        :param min_support: Overrides the component's own.
        :returns: `answers`, best first, see `best_first`: `data` is what is left, with citations such as `[2]`; `meta`
            has also `sentences` (every `Sentence`, but for those that say that the reviews don't), `written` (all as
            the generator wrote it) and `unknown_citations` (how often it cited a passage that does not exist).
            `no_answer_score`, the probability that the passages do not answer, as the reader finds it.
        :raises SettingsError: `min_support` is not in [0, 1].
        :raises ModelError: The reader cannot be loaded.
        """
        limit = self.min_support if min_support is None else checked_support(min_support)
        passages = self._read(query, documents)
        likeliest = max((answer.score for passage in passages for answer in passage.answers), default=0.0)
        checked = [self._check(answer, query, passages, limit) for answer in answers]
        return {"answers": best_first(checked)[: self.top_k], "no_answer_score": 1.0 - likeliest}

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component with its reader and store.

        :returns: What `from_dict` reads.
        """
        return default_to_dict(
            self,
            reader=self.reader,
            document_store=self.document_store,
            cited=self.cited,
            min_support=self.min_support,
            language=self.language,
            top_k=self.top_k,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "AnswerChecker":
        """
        Make the component that `to_dict` described.

        :param data: What `to_dict` gave.
        :returns: A component that works as the one serialised.
        """
        return default_from_dict(cls, data)

    def _read(self, query: str, documents: Sequence[Document]) -> list[ReadPassage]:
        """Ask the question of each passage alone."""
        each = [[document] for document in documents]
        found = self.reader.run_batch([query] * len(each), each, top_k=ANSWERS_OF_A_PASSAGE, no_answer=False)
        return [
            ReadPassage(number, words_of(document.content or "", self.language), answers)
            for number, (document, answers) in enumerate(zip(documents, found, strict=True), start=1)
        ]

    def _check(
        self, answer: GeneratedAnswer, query: str, passages: Sequence[ReadPassage], limit: float
    ) -> GeneratedAnswer:
        written = [one for one in cited_sentences(answer.data, len(passages)) if not is_abstention(one.text)]
        claims = self._claims([one.text for one in written], query)
        pairs = zip(written, claims, strict=True)
        sentences = self._located([self._sentence(one, claim, query, passages, limit) for one, claim in pairs])
        unknown = sum(one.unknown for one in written)
        checked = {"sentences": sentences, "written": answer.data, "unknown_citations": unknown}
        return replace(answer, data=_text(sentences), meta={**answer.meta, **checked})

    def _claims(self, sentences: Sequence[str], query: str) -> list[Claim]:
        """Ask the question of each sentence by itself: what is beside the point gains nothing from its passage."""
        each = [[Document(content=sentence)] for sentence in sentences]
        found = self.reader.run_batch([query] * len(each), each, top_k=1, no_answer=False)
        return [
            Claim.of(sentence, query, self.language, answering=max((one.score for one in answers), default=0.0))
            for sentence, answers in zip(sentences, found, strict=True)
        ]

    def _sentence(
        self, written: Cited, claim: Claim, query: str, passages: Sequence[ReadPassage], limit: float
    ) -> Sentence:
        looked_at = [passages[number - 1] for number in written.numbers] if self.cited else passages
        best = strongest([found for passage in looked_at if (found := passage.support(claim))], SPANS_SHOWN)
        support = best[0].score if best else 0.0
        return Sentence(
            text=written.text,
            citations=tuple(sorted(one.number for one in best if one.score >= limit)) or written.numbers,
            support=support,
            spans=[one.as_answer(query) for one in best],
            is_withheld=support < limit,
        )

    def _located(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        """Show the spans in whole reviews, all looked up at once."""
        if self.document_store is None:
            return list(sentences)
        spans = [span for sentence in sentences for span in sentence.spans]
        located = iter(ReviewLocator(self.document_store).run(spans)["answers"])
        return [replace(sentence, spans=list(islice(located, len(sentence.spans)))) for sentence in sentences]


def checked_support(min_support: float) -> float:
    """
    Refuse what is no least support.

    :param min_support: The least support wanted.
    :returns: The same.
    :raises SettingsError: It is not in [0, 1].
    """
    if not 0 <= min_support <= 1:
        raise SettingsError(f"min_support is {min_support}, it has to be between 0, which withholds nothing, and 1.")
    return min_support


def _text(sentences: Iterable[Sentence]) -> str:
    """Put together what is not withheld, each sentence with its citations after it."""
    return " ".join(
        f"{one.text} {''.join(f'[{number}]' for number in one.citations)}".strip()
        for one in sentences
        if not one.is_withheld
    )
