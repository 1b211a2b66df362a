"""What people judge of the answers they are shown, kept with the reviews it is about."""

from collections.abc import Iterable, Iterator

from haystack import Document

from qa_system.errors import QueryError
from qa_system.queries import checked_question, equal
from qa_system.records import VERDICTS, Label, StoredLabel, Verdict
from qa_system.reviews import by_review, whole_review
from qa_system.stores.labels import LabelStore, new_label, with_faults
from qa_system.stores.protocol import ReviewStore


class Feedback:
    """The methods of a system that keep labels and list them."""

    store: ReviewStore

    def add_label(
        self,
        *,
        question: str,
        item_id: str | None,
        review_id: str,
        verdict: Verdict,
        start: int | None = None,
        end: int | None = None,
        text: str | None = None,
        origin: str = "person",
        annotation: str = "",
    ) -> StoredLabel:
        """
        Keep what somebody judged of an answer. It is safe on the disk when this returns. Who judges the same span of
        the same question again changes the judgement; who says `absent` takes back that words of the review answer, and
        the reverse.

        :param question: The question that was asked.
        :param item_id: The item it was asked about; None where the review's id tells.
        :param review_id: The review.
        :param verdict: `right` or `wrong` of the span that was shown, `marked` of the span that answers instead,
            `absent` where nothing in the review answers.
        :param start: Offset of the span's first character in the whole review; None for `absent`.
        :param end: Offset after its last character; None for `absent`.
        :param text: What was judged, as it was shown: the words of the span, or for `absent` the whole review. None
            leaves unnoticed that the review has changed meanwhile.
        :param origin: Who judged.
        :param annotation: Tells apart who judges under one origin, such as the visitors of a page.
        :returns: The label as stored.
        :raises QueryError: If the question is none, there is no such review, it does not have `text` there, or the
            verdict and the offsets do not go together.
        :raises StoreError: If labels cannot be written.
        """
        query, review = checked_question(question), _review(self.store, item_id, review_id)
        stored_text = review.content or ""
        if text is not None and text != stored_text[start:end]:
            raise QueryError(f"The review {review_id!r} has changed since it was shown; ask again.")
        label = judged(review_id, stored_text, verdict, start, end)
        item_id, labels = review.meta["item_id"], LabelStore.of(self.store)
        kept = new_label(query, item_id, label, verdict, origin=origin, annotation=annotation, review=stored_text)
        labels.put(kept)
        if taken_back := labels.contradicted_by(kept, annotation=annotation):
            labels.remove(taken_back)
        return kept

    def labels(
        self, *, item_id: str | None = None, origin: str | None = None, stale: bool = False
    ) -> Iterator[StoredLabel]:
        """
        Go through what was judged, by people and in the labelled data that were indexed, in the order of storing.

        :param item_id: Only labels on this item's reviews.
        :param origin: Only labels of this origin.
        :param stale: Only labels whose reviews have changed since, so that nothing can be learnt from them.
        :returns: The labels.
        :raises StoreError: If labels cannot be read.
        """
        found = LabelStore.of(self.store).find(item_id=item_id, origin=origin)
        return (label for label, fault in with_faults(found, self.store) if fault) if stale else found

    def remove_labels(self, ids: Iterable[str]) -> None:
        """
        Forget labels.

        :param ids: Of the labels; unknown ones are passed over.
        :raises StoreError: If labels cannot be written.
        """
        LabelStore.of(self.store).remove(list(ids))


def judged(review_id: str, text: str, verdict: str, start: int | None, end: int | None) -> Label:
    """
    Refuse a judgement that says nothing, or of words that are not in the review.

    :param review_id: The review.
    :param text: Its text, as stored.
    :param verdict: One of `VERDICTS`.
    :param start: Offset of the first character judged; None for `absent`, which is about the whole review.
    :param end: Offset after the last one; None for `absent`.
    :returns: The label.
    :raises QueryError: If there is no such verdict, or it does not go with the offsets.
    """
    if verdict not in VERDICTS:
        raise QueryError(f"There is no verdict {verdict!r}. Valid are: {', '.join(VERDICTS)}.")
    if verdict == "absent":
        if start is not None or end is not None:
            raise QueryError("The verdict 'absent' is about the whole review: leave out the offsets.")
        return Label(review_id)
    if start is None or end is None or not 0 <= start < end <= len(text):
        raise QueryError(
            f"The verdict {verdict!r} is about words, and the offsets {start} to {end} mark none: the review "
            f"{review_id!r} has {len(text):,} characters."
        )
    return Label(review_id, text[start:end], start, end)


def _review(store: ReviewStore, item_id: str | None, review_id: str) -> Document:
    found = by_review(store.filter_documents(equal(item_id=item_id, review_id=review_id)))
    if not found:
        raise QueryError(f"There is no review {review_id!r}{f' of item {item_id!r}' if item_id is not None else ''}.")
    if len(found) > 1:
        items = ", ".join(item for item, _ in sorted(found))
        raise QueryError(f"The id {review_id!r} stands for reviews of several items: {items}. Say which item.")
    return whole_review(*found.values())
