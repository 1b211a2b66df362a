"""From a model's logits to the best spans of a window: NumPy only, no model and no text."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Span(NamedTuple):
    """
    A run of tokens of one window.

    :param start: Index of its first token.
    :param end: Index of its last token.
    :param logit: How much likelier the model finds it than "no answer in this window": start logit plus end logit of
        the span, minus start logit plus end logit of the first token. Logits of two windows differ by an unknown
        constant, these differences do not, so they compare across windows, passages and reviews (Devlin et al., BERT,
        2019, section 4.3).
    """

    start: int
    end: int
    logit: float


def best_spans(
    start_logits: NDArray[np.floating],
    end_logits: NDArray[np.floating],
    context: NDArray[np.bool_],
    *,
    count: int,
    max_tokens: int,
) -> list[Span]:
    """
    Find the best spans of one window that do not overlap each other.

    Each round takes the best of all spans that share no token with those taken before, which is exact: no list of
    candidates is cut off first.

    :param start_logits: Shape `(tokens,)`. The first token is the one that stands for "no answer".
    :param end_logits: Shape `(tokens,)`.
    :param context: Shape `(tokens,)`, true for the tokens of the passage, which stand together: a span holds no others.
    :param count: How many spans to return at most.
    :param max_tokens: The longest span allowed, in tokens.
    :returns: Best first; of equals the one that starts first, and of these the shorter.
    """
    null_logit = float(start_logits[0]) + float(end_logits[0])
    logits = _span_logits(start_logits, end_logits, context, max_tokens)
    starts = np.arange(logits.shape[0])[:, None]
    ends = starts + np.arange(logits.shape[1])
    spans: list[Span] = []
    while len(spans) < count:
        start, length = divmod(int(np.argmax(logits)), logits.shape[1])
        logit = float(logits[start, length])
        if logit == -np.inf:
            break
        end = start + length
        spans.append(Span(start, end, logit - null_logit))
        logits[(starts <= end) & (ends >= start)] = -np.inf
    return spans


def _span_logits(
    start_logits: NDArray[np.floating], end_logits: NDArray[np.floating], context: NDArray[np.bool_], max_tokens: int
) -> NDArray[np.float64]:
    """Score every span, -inf where not allowed: shape `(tokens, max_tokens)`, by first token and by length minus 1."""
    max_tokens = min(max_tokens, len(context))
    starts = np.where(context, start_logits.astype(np.float64), -np.inf)
    ends = np.where(context, end_logits.astype(np.float64), -np.inf)
    beyond_the_window = np.full(max_tokens - 1, -np.inf)
    ends_by_length = np.lib.stride_tricks.sliding_window_view(np.concatenate([ends, beyond_the_window]), max_tokens)
    return starts[:, None] + ends_by_length
