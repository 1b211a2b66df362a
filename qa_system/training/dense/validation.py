"""How well an encoder finds what answers the validation questions, among all passages of their reviews."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from qa_system.dense.nearest import nearest
from qa_system.eval.scorecard import Estimate
from qa_system.eval.uncertainty import Difference, intervals, paired_test
from qa_system.training.dense.candidates import WordSearch
from qa_system.training.dense.encoding import TrainedEncoder
from qa_system.training.dense.passages import Corpus
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.mixture import Example

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CUTOFFS = (1, 5, 20)
MRR_DEPTH = 10
DEPTH = max(*CUTOFFS, MRR_DEPTH)
MEASURES = (f"MRR@{MRR_DEPTH}", *(f"recall@{depth}" for depth in CUTOFFS))

Ranking = Sequence[int]


@dataclass(frozen=True, slots=True)
class Validation:
    """
    Questions, and the passages to find for them.

    :param corpus: The passages of all validation reviews, also of those that answer nothing.
    :param questions: The questions; one that is asked twice about an item stands here once.
    :param relevant: For each the rows of the passages that answer it.
    :param items: For each its item; None where it stands alone.
    """

    corpus: Corpus
    questions: list[str]
    relevant: list[set[int]]
    items: list[str | None]

    @classmethod
    def of(cls, examples: Sequence[Example], recipe: DenseRecipe) -> "Validation":
        """
        Take the validation questions.

        :param examples: All of them.
        :param recipe: How many questions to take, and how long passages are.
        :returns: Those that have an answer, drawn at random if there are too many.
        """
        corpus = Corpus.of(examples, recipe)
        relevant: dict[tuple[str, str | None], set[int]] = {}
        for one in examples:
            if rows := corpus.positives(one):
                relevant.setdefault((one.question, one.item_id), set()).update(rows)
        asked = Random(recipe.seed).sample(list(relevant), min(len(relevant), recipe.validation_questions))
        return cls(
            corpus, [question for question, _ in asked], [relevant[one] for one in asked], [one[1] for one in asked]
        )

    def evaluator(self) -> Any:
        """
        Make what measures a model while it is trained.

        :returns: An `InformationRetrievalEvaluator` of sentence-transformers, by cosine.
        """
        from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
        from sentence_transformers.util import cos_sim

        return InformationRetrievalEvaluator(
            queries={str(place): question for place, question in enumerate(self.questions)},
            corpus={str(row): passage.text for row, passage in enumerate(self.corpus.passages)},
            relevant_docs={str(place): set(map(str, rows)) for place, rows in enumerate(self.relevant)},
            mrr_at_k=[MRR_DEPTH],
            ndcg_at_k=[MRR_DEPTH],
            accuracy_at_k=[1],
            precision_recall_at_k=[*CUTOFFS],
            map_at_k=[MRR_DEPTH],
            score_functions={"cosine": cos_sim},
            main_score_function="cosine",
            write_csv=False,
        )

    def by_model(self, model: "SentenceTransformer") -> list[Ranking]:
        """
        Search with an encoder.

        :param model: The encoder.
        :returns: For each question the rows that it finds, best first.
        """
        encoder = TrainedEncoder(model)
        vectors = encoder.encode_passages([passage.text for passage in self.corpus.passages])
        asked = encoder.encode_queries(self.questions)
        return [nearest(question, vectors, top_k=DEPTH)[0].tolist() for question in asked]

    def by_words(self) -> list[Ranking]:
        """
        Search with BM25.

        :returns: As of `by_model`.
        """
        words = WordSearch(self.corpus)
        return [words.anywhere(question, DEPTH) for question in self.questions]

    def measured(self, rankings: Sequence[Ranking]) -> dict[str, np.ndarray]:
        """
        Measure each question.

        :param rankings: What was found for it.
        :returns: By measure the values, shape `[questions]`: the reciprocal rank of the first passage that answers, and
            the share of those that answer among the first so many (`recall`).
        """
        judged = list(zip(rankings, self.relevant, strict=True))
        measures: dict[str, Callable[[Ranking, set[int]], float]] = {
            MEASURES[0]: _reciprocal_rank,
            **{f"recall@{depth}": _recall(depth) for depth in CUTOFFS},
        }
        return {name: np.array([measure(*one) for one in judged]) for name, measure in measures.items()}

    def estimated(self, values: Mapping[str, np.ndarray]) -> dict[str, Estimate]:
        """
        Average over questions, with intervals by bootstrap over items.

        :param values: As of `measured`.
        :returns: The means.
        """
        return dict(zip(values, intervals(list(values.values()), self._clusters), strict=True))

    def difference(self, one: np.ndarray, other: np.ndarray) -> Difference:
        """
        Test whether two encoders differ.

        :param one: A measure of the first, shape `[questions]`.
        :param other: The same of the second.
        :returns: First minus second.
        """
        return paired_test(one, other, self._clusters)

    @property
    def _clusters(self) -> list[Any]:
        return [place if item is None else item for place, item in enumerate(self.items)]


def _reciprocal_rank(ranking: Ranking, relevant: set[int]) -> float:
    ranks = (rank for rank, row in enumerate(ranking[:MRR_DEPTH], start=1) if row in relevant)
    return next((1 / rank for rank in ranks), 0.0)


def _recall(depth: int) -> Callable[[Ranking, set[int]], float]:
    return lambda ranking, relevant: len(relevant.intersection(ranking[:depth])) / len(relevant)
