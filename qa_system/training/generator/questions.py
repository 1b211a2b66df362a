"""Labelled questions with the passages that they are asked of while a generator learns to answer."""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random

import numpy as np

from qa_system.dense.durable import replace_file
from qa_system.errors import SourceError
from qa_system.sources.splits import fingerprint
from qa_system.training.dense.candidates import Candidates
from qa_system.training.dense.encoding import TextEncoder
from qa_system.training.dense.pairs import Pair
from qa_system.training.dense.passages import Corpus
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.generator.recipe import GeneratorRecipe
from qa_system.training.mixture import Example, Extent

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RagQuestion:
    """
    A question and what it is asked of.

    :param question: The question.
    :param answers: What each annotator marked in the first passage; empty for one who found no answer.
    :param passages: The passages: the one of the labelled review that answers, or comes nearest to that, first.
    :param scores: The inner product of each with the question.
    :param item_id: The item asked about; None where the source does not say.
    :param weight: How often an epoch takes it, on average.
    """

    question: str
    answers: list[str]
    passages: list[str]
    scores: list[float]
    item_id: str | None = None
    weight: float = 1.0

    @property
    def gold(self) -> list[str]:
        """The answers that annotators marked; empty where all of them found none."""
        return [answer for answer in self.answers if answer]


def rag_questions(
    kept: Path, examples: Sequence[Example], encoder: TextEncoder, recipe: GeneratorRecipe
) -> list[RagQuestion]:
    """
    Find passages for questions, unless that was done before.

    The passage that annotators read is always there, since what is to be answered is known of it alone. The others are
    those that BM25 and the encoder find, of the same item first, by turns; for a question without an answer, which they
    might have, passages drawn by chance.

    :param kept: Where what is found is kept, for a training that goes on.
    :param examples: The questions.
    :param encoder: What retrieves, and scores.
    :param recipe: How many passages, and how long.
    :returns: The questions, in order, without those on reviews that have no words.
    :raises SourceError: There are too few passages.
    """
    if kept.exists():
        return [RagQuestion(**one) for one in json.loads(kept.read_text(encoding="utf-8"))]
    logger.info("Finding passages for %d questions.", len(examples))
    found = _Finder(examples, encoder, recipe).found()
    replace_file(kept, json.dumps([asdict(one) for one in found], ensure_ascii=False))
    return found


class _Finder:
    """Finds the passages of many questions."""

    def __init__(self, examples: Sequence[Example], encoder: TextEncoder, recipe: GeneratorRecipe) -> None:
        cutting = DenseRecipe(passage_chars=recipe.passage_chars, passage_overlap=recipe.passage_overlap)
        self._count = recipe.passages
        self._corpus = Corpus.of(examples, cutting)
        if len(self._corpus.passages) < self._count:
            raise SourceError(
                f"there are {len(self._corpus.passages)} passages, and each question is to be asked of {self._count}. "
                "Lower passages, or add more reviews."
            )
        self._reviews = _rows_by_review(self._corpus)
        self._examples = [one for one in examples if (one.item_id, fingerprint(one.context)) in self._reviews]
        self._candidates = Candidates(self._corpus, encoder, depth=recipe.mining_depth)
        self._asked = encoder.encode_queries([example.question for example in self._examples])
        self._random = Random(recipe.seed)

    def found(self) -> list[RagQuestion]:
        own = [self._own(*one) for one in zip(self._examples, self._asked, strict=True)]
        pairs = [Pair(one.question, row, ()) for one, (row, _) in zip(self._examples, own, strict=True)]
        told = zip(self._examples, self._asked, own, self._candidates.of(pairs), strict=True)
        return [
            self._question(example, vector, row, answers, candidates if any(answers) else [])
            for example, vector, (row, answers), candidates in told
        ]

    def _own(self, example: Example, vector: np.ndarray) -> tuple[int, list[str]]:
        """Find the passage that most annotators marked an answer in, else the nearest of the review."""
        answers = [(answer, self._row(example, answer)) for answer in example.answers if answer]
        marked = Counter(row for _, row in answers).most_common(1)
        rows = self._reviews[example.item_id, fingerprint(example.context)]
        own = marked[0][0] if marked else max(rows, key=lambda row: float(self._candidates.vectors[row] @ vector))
        texts = [" ".join(example.context[slice(*answer)].split()) for answer, row in answers if row == own]
        return own, texts + [""] * (len(example.answers) - len(answers))

    def _row(self, example: Example, answer: Extent) -> int:
        return self._corpus.positives(replace(example, answers=(answer,)))[0]

    def _question(
        self, example: Example, vector: np.ndarray, own: int, answers: list[str], candidates: Sequence[int]
    ) -> RagQuestion:
        rows = [own, *(row for row in candidates if row != own)][: self._count]
        while len(rows) < self._count:
            drawn = self._random.randrange(len(self._corpus.passages))
            rows += [drawn] if drawn not in rows else []
        return RagQuestion(
            question=example.question,
            answers=answers,
            passages=[self._corpus.passages[row].text for row in rows],
            scores=(self._candidates.vectors[rows] @ vector).tolist(),
            item_id=example.item_id,
            weight=example.weight,
        )


def _rows_by_review(corpus: Corpus) -> dict[tuple[str | None, int], list[int]]:
    rows: dict[tuple[str | None, int], list[int]] = {}
    for row, passage in enumerate(corpus.passages):
        rows.setdefault((passage.item, passage.review), []).append(row)
    return rows
