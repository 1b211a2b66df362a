"""The reviews of labelled questions, cut into passages as `qa index` cuts them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from qa_system.indexing.cleaning import CleanText, clean
from qa_system.indexing.passages import cut
from qa_system.sources.splits import fingerprint
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.mixture import Example, Extent


@dataclass(frozen=True, slots=True)
class Passage:
    """
    A passage.

    :param text: Its words.
    :param review: Tells its review from others by the words of all of it.
    :param item: What it is about; None where the data do not say.
    """

    text: str
    review: int
    item: str | None


@dataclass(slots=True)
class Corpus:
    """
    The passages of many reviews, those of an item one after the other.

    :param passages: The passages; a place among them is called a row.
    """

    passages: list[Passage] = field(default_factory=list)
    _reviews: dict[tuple[str | None, str], tuple[CleanText, list[tuple[int, Extent]]]] = field(default_factory=dict)

    @classmethod
    def of(cls, examples: Sequence[Example], recipe: DenseRecipe) -> "Corpus":
        """
        Cut the reviews of examples.

        :param examples: The examples, answered or not; a review that several are about is cut once.
        :param recipe: How long passages are.
        :returns: The passages.
        """
        corpus = cls()
        reviews = dict.fromkeys((one.item_id, one.context) for one in examples)
        for item, context in sorted(reviews, key=lambda review: review[0] or ""):
            corpus._add(item, context, recipe)
        return corpus

    def positives(self, example: Example) -> list[int]:
        """
        Find the passages that answer a question.

        :param example: The question, whose review is in the corpus.
        :returns: For each answer, whoever marked it, the row of the passage that holds it; where a cut divides it, of
            the one that holds most of it. No row comes twice.
        """
        cleaned, parts = self._reviews[example.item_id, example.context]
        spans = [cleaned.span(*answer) for answer in example.answers if answer]
        rows = (max(parts, key=lambda part: _shared(part[1], span))[0] for span in spans if parts)
        return list(dict.fromkeys(rows))

    def rows_by_item(self) -> dict[str | None, range]:
        """
        Tell which passages are about what.

        :returns: The rows of each item.
        """
        runs = groupby(range(len(self.passages)), key=lambda row: self.passages[row].item)
        rows = {item: list(run) for item, run in runs}
        return {item: range(run[0], run[-1] + 1) for item, run in rows.items()}

    def _add(self, item: str | None, context: str, recipe: DenseRecipe) -> None:
        cleaned, review, first = clean(context), fingerprint(context), len(self.passages)
        extents = list(cut(cleaned.text, length=recipe.passage_chars, overlap=recipe.passage_overlap))
        self.passages += [Passage(cleaned.text[slice(*extent)], review, item) for extent in extents]
        self._reviews[item, context] = cleaned, list(enumerate(extents, start=first))


def with_real_items(examples: Sequence[Example]) -> list[Example]:
    """
    Forget what is called an item and is none.

    :param examples: All examples of their sources.
    :returns: The examples; where all of a source name the same item, which is no item but the data set, without it.
    """
    counts = Counter(source for source, _ in {(one.source, one.item_id) for one in examples})
    return [one if counts[one.source] > 1 else replace(one, item_id=None) for one in examples]


def _shared(one: Extent, other: Extent) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])
