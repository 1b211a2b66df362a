"""A linear model of words that learned from ratings: it says which words of a review the rating speaks of."""

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_system.errors import SourceError
from qa_system.opinions.labels import NEGATIVE, POSITIVE
from qa_system.training.opinions.ratings import RatedReview, polarity_of

_PRAISE_FOR_BLAME = 2
_FEWEST = 3
"""Reviews that a word has to stand in."""


class WordTeacher:
    """
    Tells from words and pairs of words how likely they praise: a logistic regression (as in Wang and Manning, 2012).

    :param reviews: What it learns from, with some that praise and some that blame.
    :param seed: Draws some of those that praise, of which there are many more.
    :raises SourceError: They have too few words in common to learn from.
    """

    def __init__(self, reviews: Sequence[RatedReview], *, seed: int) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        blame = [one.text for one in reviews if polarity_of(one.rating) == NEGATIVE]
        praise = [one.text for one in reviews if polarity_of(one.rating) == POSITIVE]
        praise = Random(seed).sample(praise, min(len(praise), _PRAISE_FOR_BLAME * len(blame)))
        self._model: Any = make_pipeline(
            TfidfVectorizer(
                ngram_range=(1, 2),
                min_df=_FEWEST,
                sublinear_tf=True,
                token_pattern=r"(?u)\b\w[\w']*\b|!",
                dtype=np.float32,
            ),
            LogisticRegression(C=5.0, class_weight="balanced", max_iter=500),
        )
        try:
            self._model.fit([*blame, *praise], [0] * len(blame) + [1] * len(praise))
        except ValueError as error:
            raise SourceError(
                f"too little can be learned from {len(blame)} reviews that blame and {len(praise)} that praise "
                f"({error}). Add rated reviews."
            ) from error

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """
        Judge texts.

        :param texts: Phrases, sentences or reviews.
        :returns: The log-odds that each praises rather than blames, shape `(texts,)`; 0 where it knows no word.
        """
        if not len(texts):
            return np.zeros(0)
        vectorizer, regression = self._model[0], self._model[-1]
        found = vectorizer.transform(texts)
        return regression.decision_function(found) * (found.getnnz(axis=1) > 0)
