"""Several rankings of passages, joined into one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from haystack import Document
from haystack.components.joiners import DocumentJoiner

Fusion = Literal["rrf", "scores"]
FUSIONS: tuple[Fusion, ...] = get_args(Fusion)

_JOIN_MODES: dict[Fusion, str] = {"rrf": "reciprocal_rank_fusion", "scores": "merge"}


def fused(
    rankings: Mapping[str, Sequence[Document]], *, fusion: Fusion, weights: Mapping[str, float] | None = None
) -> list[Document]:
    """
    Join rankings, by Haystack's `DocumentJoiner`.

    `rrf` is reciprocal rank fusion (Cormack et al., 2009): a passage gets the sum of weight / (60 + rank), ranks
    counted from 1, times 61, so that one that is first everywhere has 1. `scores` is a convex combination of the
    scores, each ranking's scaled so that its best is 1 and its worst 0 (Bruch et al., 2023); a passage that a ranking
    lacks has 0 there.

    :param rankings: Passages with scores, best first, by the name of who found them.
    :param fusion: How to join.
    :param weights: How much each ranking counts; None for all alike.
    :returns: The passages of all, best first, each with the score of the fusion. Of equals the one that an earlier
        ranking found is first.
    """
    shares = [weights[name] for name in rankings] if weights else None
    lists = [_scaled(ranking) if fusion == "scores" else list(ranking) for ranking in rankings.values()]
    return DocumentJoiner(_JOIN_MODES[fusion], weights=shares).run(documents=lists)["documents"]


def _scaled(ranking: Sequence[Document]) -> list[Document]:
    scores = [document.score or 0.0 for document in ranking]
    lowest, width = min(scores, default=0.0), max(scores, default=0.0) - min(scores, default=0.0)
    return [
        replace(document, score=(score - lowest) / width if width else 1.0)
        for document, score in zip(ranking, scores, strict=True)
    ]
