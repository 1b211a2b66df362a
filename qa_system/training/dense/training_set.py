"""What an encoder learns from: pairs of question and passage, each with its negatives."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from haystack.utils import ComponentDevice

from qa_system.errors import SourceError
from qa_system.reading.reader import Reader
from qa_system.training.dense.candidates import Candidates
from qa_system.training.dense.encoding import TrainedEncoder
from qa_system.training.dense.false_negatives import Suspicion, SuspiciousReader
from qa_system.training.dense.mining import Mined, Miner, OnMining, summary
from qa_system.training.dense.pairs import Pair, drawn_pairs, pairs_of
from qa_system.training.dense.passages import Corpus
from qa_system.training.dense.plan import DensePlan
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.mixture import Example

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)


def training_set(
    kept: Path, plan: DensePlan, examples: Sequence[Example], model: "SentenceTransformer", on_mining: OnMining
) -> Mined:
    """
    Pair questions with passages and look for negatives, unless that was done before.

    :param kept: Where what is found is kept.
    :param plan: How, and with which reader.
    :param examples: The questions.
    :param model: The encoder that is to be trained.
    :param on_mining: Called every few pairs.
    :returns: What there is to learn from.
    :raises SourceError: There are too few questions or passages.
    :raises ModelError: The reader cannot be loaded.
    """
    if kept.exists():
        return Mined.load(kept)
    recipe, corpus = plan.recipe, Corpus.of(examples, plan.recipe)
    pairs = drawn_pairs(examples, corpus, recipe.seed)
    _check(pairs, corpus, recipe)
    mined = _mine(plan, examples, corpus, pairs, model, on_mining) if recipe.negatives else _paired(corpus, pairs)
    mined.save(kept)
    logger.info("Negatives: %s. Left out, as they may answer: %s.", summary(mined.negatives), summary(mined.dropped))
    return mined


def _mine(
    plan: DensePlan,
    examples: Sequence[Example],
    corpus: Corpus,
    pairs: Sequence[Pair],
    model: "SentenceTransformer",
    on_mining: OnMining,
) -> Mined:
    recipe = plan.recipe
    suspicion = Suspicion(corpus, (pair for example in examples for pair in pairs_of(example, corpus)))
    reader = _reader(plan.reader, model, recipe) if plan.reader else None
    candidates = Candidates(corpus, TrainedEncoder(model), depth=recipe.mining_depth)
    return Miner(corpus, suspicion, candidates, reader, negatives=recipe.negatives, seed=recipe.seed).mine(
        pairs, on_mining
    )


def _reader(name: str, model: "SentenceTransformer", recipe: DenseRecipe) -> SuspiciousReader:
    reader = Reader(name, device=ComponentDevice.from_str(str(model.device)))
    reader.warm_up()
    return SuspiciousReader(reader, threshold=recipe.reader_threshold)


def _paired(corpus: Corpus, pairs: Sequence[Pair]) -> Mined:
    return Mined([[pair.question, corpus.passages[pair.row].text] for pair in pairs])


def _check(pairs: Sequence[Pair], corpus: Corpus, recipe: DenseRecipe) -> None:
    if len(pairs) < 2 or len(corpus.passages) < 2 + recipe.negatives:
        raise SourceError(
            f"there is too little to learn from: {len(pairs)} questions with a passage that answers them, in "
            f"{len(corpus.passages)} passages, where each question needs {recipe.negatives} more that do not answer. "
            "Add more reviews or another source, or raise its weight."
        )
