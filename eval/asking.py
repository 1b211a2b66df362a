"""Makers of what `recording` asks: a question in, a prediction out, one at a time, as a user would wait for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from haystack import Document, ExtractedAnswer

from qa_system.errors import QueryError
from qa_system.eval.grounding import ReviewsOf, right_reviews
from qa_system.eval.predictions import CONTEXT_CHARS, Answer, Prediction, Ranked, Reading
from qa_system.eval.recording import Ask
from qa_system.eval.runs import Scope
from qa_system.pipelines import make_reader, resolved_retriever
from qa_system.queries import checked_question
from qa_system.reading.reader import Reader
from qa_system.records import Question
from qa_system.reviews import by_review
from qa_system.system import QASystem

_LEAST_ANSWERS = 5
"""Answers kept where the settings want fewer: the top-n F1 looks at more than is shown."""
_TRIAL = "Is it any good?"


@dataclass(frozen=True, slots=True)
class Retrieval:
    """
    How passages are found for each question.

    :param system: The store and the settings.
    :param retriever: One of `qa_system.pipelines.RETRIEVERS`.
    :param scope: `item` searches the reviews of the item asked about, `corpus` all.
    :param depth: Reviews to rank where retrieval is evaluated, passages to read where a pipeline is.
    """

    system: QASystem
    retriever: str
    scope: Scope
    depth: int

    @property
    def name(self) -> str:
        """What the retriever is for this store, where `auto` was asked for."""
        return resolved_retriever(self.system.store, self.retriever)

    @property
    def needs_vectors(self) -> bool:
        """Whether an encoder takes part."""
        return self.name != "bm25"

    def item_of(self, question: Question) -> str | None:
        """
        Tell which item's reviews are searched.

        :param question: The question.
        :returns: The item id; None for all items.
        :raises QueryError: If the scope is the item, and the question names none.
        """
        if self.scope == "item" and question.item_id is None:
            raise QueryError(f"The question {question.id!r} names no item. Search all reviews with --within corpus.")
        return question.item_id if self.scope == "item" else None


def retriever_asker(retrieval: Retrieval) -> Ask:
    """
    Evaluate a retriever.

    :param retrieval: Which, and how many reviews to rank.
    :returns: Makes a prediction with `ranking`; `timings["retrieval"]` is of the one search that found enough. Its
        models are loaded.
    :raises StoreError: If the retriever needs a dense index and the store has none.
    :raises ModelError: If the encoder cannot be loaded.
    """
    retrieval.system.search(_TRIAL, top_k=1, retriever=retrieval.name)

    def ask(question: Question) -> Prediction:
        ranking, seconds = _ranked_reviews(question, retrieval)
        return Prediction(question, ranking=ranking, timings={"retrieval": seconds})

    return ask


def reader_asker(reader: Reader, reviews_of: ReviewsOf) -> Ask:
    """
    Evaluate a reader by itself.

    :param reader: The reader.
    :param reviews_of: Looks up the right reviews of questions that bring none along.
    :returns: Makes a prediction with `reading` of the right reviews. The model is loaded.
    :raises ModelError: If it cannot be loaded.
    """
    _warm_up(reader)

    def ask(question: Question) -> Prediction:
        reviews = right_reviews(question, reviews_of)
        started = perf_counter()
        reading = _read(reader, question, reviews)
        return Prediction(question, reading=reading, timings={"reading": perf_counter() - started})

    return ask


def pipeline_asker(retrieval: Retrieval) -> Ask:
    """
    Evaluate a retriever and the reader of the system's settings together.

    :param retrieval: Which retriever, and how many passages are read.
    :returns: Makes a prediction with `ranking`, of the reviews whose passages were read; `reading`; and `isolated`, of
        the right reviews, which the timings leave out. Its models are loaded.
    :raises StoreError: If the retriever needs a dense index and the store has none.
    :raises ModelError: If a model cannot be loaded.
    """
    system, retriever = retrieval.system, retrieval.name
    reader = make_reader(system.settings)
    _warm_up(reader)
    system.ask(_TRIAL, passages=1, retriever=retriever)

    def ask(question: Question) -> Prediction:
        result = system.ask(
            question.text,
            item_id=retrieval.item_of(question),
            top_k=_answers_kept(reader),
            passages=retrieval.depth,
            retriever=retriever,
        )
        return Prediction(
            question,
            ranking=ranking_of(result.passages),
            reading=_reading(result.answers, result.no_answer_score, abstained=result.abstained),
            isolated=_read(reader, question, right_reviews(question, system.reviews)),
            timings=result.timings,
        )

    return ask


def ranking_of(passages: Iterable[Document]) -> tuple[Ranked, ...]:
    """
    Rank reviews by their first passages.

    :param passages: Passages, best first.
    :returns: The reviews, each with the score of its first passage.
    """
    return tuple(Ranked(*key, float(found[0].score or 0.0)) for key, found in by_review(passages).items())


def span_of(answer: ExtractedAnswer) -> Answer:
    """
    Make a record of an answer.

    :param answer: Marked in a whole review.
    :returns: What a run keeps of it.
    :raises ValueError: If it is marked in no review.
    """
    review, span = answer.document, answer.document_offset
    if review is None or span is None:
        raise ValueError(f"The answer {answer.data!r} is marked in no review.")
    text = review.content or ""
    before, after = text[max(0, span.start - CONTEXT_CHARS) : span.start], text[span.end : span.end + CONTEXT_CHARS]
    return Answer(
        text=answer.data or "",
        score=float(answer.score),
        item_id=review.meta["item_id"],
        review_id=review.meta["review_id"],
        start=span.start,
        end=span.end,
        context=(before, text[span.start : span.end], after),
        logit=answer.meta.get("logit"),
    )


def _ranked_reviews(question: Question, retrieval: Retrieval) -> tuple[tuple[Ranked, ...], float]:
    """Search deeper until the passages are of enough reviews, or there are no more; time the last search."""
    search = partial(
        retrieval.system.search, question.text, item_id=retrieval.item_of(question), retriever=retrieval.name
    )
    wanted = retrieval.depth
    while True:
        started = perf_counter()
        passages = search(top_k=wanted)
        seconds = perf_counter() - started
        ranking = ranking_of(passages)
        if len(ranking) >= retrieval.depth or len(passages) < wanted:
            return ranking[: retrieval.depth], seconds
        wanted *= 2


def _warm_up(reader: Reader) -> None:
    reader.run(query=_TRIAL, documents=[Document(content="It is.")])


def _answers_kept(reader: Reader) -> int:
    return max(reader.top_k, _LEAST_ANSWERS)


def _read(reader: Reader, question: Question, reviews: list[Document]) -> Reading:
    query = checked_question(question.text)
    answers = reader.run(query=query, documents=reviews, top_k=_answers_kept(reader), no_answer=True)["answers"]
    spans = [answer for answer in answers if answer.data is not None]
    no_answer_score = next(answer.score for answer in answers if answer.data is None)
    return _reading(spans, no_answer_score, abstained=answers[0].data is None)


def _reading(answers: Sequence[ExtractedAnswer], no_answer_score: float, *, abstained: bool) -> Reading:
    return Reading(tuple(map(span_of, answers)), float(no_answer_score), abstained)
