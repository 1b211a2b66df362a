"""The products that a search may mean, and their order by what their reviewers say."""

from collections.abc import Iterable

from haystack import Document

from qa_system.aspects.records import FoundItem
from qa_system.consensus.agreement import wilson
from qa_system.generation.words import content, words_of
from qa_system.queries import item_filter
from qa_system.records import Consensus, Side, Stance
from qa_system.stores.protocol import ReviewStore

LEAST_SHARE = 0.1
"""Share of an item's reviews that name what is looked for, from which on it is one where its own name does not tell."""

RANK_OFFSET = 60
MOST_NAMING = 1_000


def likely_items(passages: Iterable[Document], *, most: int) -> dict[str, Document]:
    """
    Choose the items whose passages speak most of what is looked for.

    :param passages: What was retrieved over all items, best first.
    :param most: Items to choose.
    :returns: The best passage of each by its item id, the likeliest item first. A passage counts for its item by its
        rank, as in reciprocal rank fusion.
    """
    weights: dict[str, float] = {}
    best: dict[str, Document] = {}
    for rank, passage in enumerate(passages, start=1):
        item_id = passage.meta["item_id"]
        best.setdefault(item_id, passage)
        weights[item_id] = weights.get(item_id, 0) + 1 / (RANK_OFFSET + rank)
    chosen = sorted(weights, key=lambda item_id: -weights[item_id])[:most]
    return {item_id: best[item_id] for item_id in chosen}


def is_of_kind(kind: str, passage: Document, reviews: int, store: ReviewStore) -> bool:
    """
    Tell whether an item is of a kind: by its name or category, or because enough of its reviews call it so.

    :param kind: What is looked for, in a word.
    :param passage: A passage of the item.
    :param reviews: How many reviews the item has.
    :param store: The store of the item.
    :returns: Whether it is.
    """
    called = " ".join(str(passage.meta.get(field) or "") for field in ("item_name", "category"))
    if content(words_of(kind, store.language)) <= content(words_of(called, store.language)):
        return True
    found = store.bm25_retrieval(kind, filters=item_filter(passage.meta["item_id"]), top_k=MOST_NAMING)
    return len({one.meta["review_id"] for one in found}) >= LEAST_SHARE * reviews


def found_item(item_id: str, consensus: Consensus, *, reviews: int) -> FoundItem:
    """
    Sum up how many reviewers of an item say that it is what is looked for.

    :param item_id: The item.
    :param consensus: What they say to the question of `wanted`.
    :param reviews: How many reviews the item has.
    :returns: The item with its score.
    """
    supporting, opposing = _side(consensus, "yes", "positive"), _side(consensus, "no", "negative")
    interval = wilson(supporting.support, supporting.support + opposing.support)
    return FoundItem(item_id, supporting, opposing, interval[0], interval, reviews)


def ranked(items: Iterable[FoundItem], *, top_k: int) -> list[FoundItem]:
    """
    Put items in order.

    :param items: In any order.
    :param top_k: Items to keep.
    :returns: Those that a reviewer speaks for, the best first; of equals the one that more speak for.
    """
    spoken_for = [item for item in items if item.supporting.quotes]
    return sorted(spoken_for, key=lambda item: (-item.score, -item.supporting.support, item.item_id))[:top_k]


def _side(consensus: Consensus, *stances: Stance) -> Side:
    sides = [side for side in consensus.sides if side.stance in stances]
    return sides[0] if sides else Side(stances[0] if consensus.kind == "yes/no" else stances[-1], [])
