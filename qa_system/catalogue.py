"""What a store of reviews holds: its items, their reviews, and what of them may be asked."""

from haystack import Document

from qa_system.dense.vectors import vectors_of
from qa_system.errors import QueryError
from qa_system.queries import Filters, both, check_filters, item_filter, unknown_item
from qa_system.reviews import ReviewKey, by_review, review_key, whole_review
from qa_system.stores.protocol import ReviewStore

FIRST_PASSAGES: Filters = {"field": "meta.split_id", "operator": "==", "value": 0}
"""Selects one passage of each review."""


class Catalogue:
    """The methods of a system that tell what there is to ask."""

    store: ReviewStore

    def items(self) -> dict[str, int]:
        """
        Count the reviews of each item.

        :returns: Item ids with their number of reviews, most reviewed first.
        """
        return self.store.count_by("item_id", filters=FIRST_PASSAGES)

    def review_keys(self) -> list[ReviewKey]:
        """
        List the reviews.

        :returns: Item id and review id of each.
        """
        return [review_key(passage) for passage in self.store.iter_documents(FIRST_PASSAGES)]

    def reviews(self, item_id: str) -> list[Document]:
        """
        List the reviews of an item.

        :param item_id: The item.
        :returns: Whole reviews, each a Document whose id is the review's, in the order of their ids.
        :raises QueryError: If the store has no review of the item.
        """
        self._check(None)
        passages = self.store.filter_documents(self._selection(item_id, None))
        return [whole_review(of_review) for _, of_review in sorted(by_review(passages).items())]

    def vector_count(self) -> int:
        """
        Count the passages in the dense index.

        :returns: How many dense retrieval can find; 0 where there is no index.
        """
        return vectors_of(self.store).count()

    def _check(self, filters: Filters | None) -> None:
        """Make sure that there is something to search, and that the filters name what there is."""
        if not self.store.count_documents():
            raise QueryError(f"The store {self.store.address} holds no reviews. Run `qa index SOURCE` on it first.")
        if filters:
            check_filters(filters, self.store.get_metadata_fields_info())

    def _selection(self, item_id: str | None, filters: Filters | None) -> Filters | None:
        if item_id is not None and not self.store.count_documents_by_filter(item_filter(item_id)):
            raise unknown_item(item_id, list(self.items()))
        return both(None if item_id is None else item_filter(item_id), filters)
