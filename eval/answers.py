"""Scores of one answer against those that annotators marked: SQuAD 2's exact match and F1, ROUGE-L, lexical support."""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from qa_system.records import Question

ARTICLES = re.compile(r"\b(a|an|the)\b")
DROP_PUNCTUATION = str.maketrans("", "", string.punctuation)
WORDS = re.compile(r"[^\W_]+")
FUNCTION_WORDS = frozenset(
    WORDS.findall("""
        a an the this that these those here there it its i me my mine we us our you your he him his she her they them
        their one and or but if so as than then because while also too very just of to in on at by for from with about
        into over is are am was were be been being do does did have has had will would can could should may might must
        who whom whose which what when where why how yes no s t d ll m re ve
    """)
)
"""English words that claim nothing by themselves; `s` to `ve` is what an apostrophe cuts off."""


def gold_texts(question: Question) -> list[str]:
    """
    List the answers that count as right.

    :param question: With its labels.
    :returns: What each annotator marked; one empty text, an abstention, where none marked anything.
    """
    return [label.text for label in question.labels if label.has_answer] or [""]


def normalised(text: str) -> str:
    """
    Leave only what SQuAD compares of an answer (Rajpurkar et al. 2018).

    :param text: An answer.
    :returns: It in lower case, without ASCII punctuation, then without English articles, with single spaces.
    """
    return " ".join(ARTICLES.sub(" ", text.lower().translate(DROP_PUNCTUATION)).split())


def exact_match(predicted: str, gold: Sequence[str]) -> float:
    """
    Tell whether an answer is one of the right ones, as SQuAD 2 defines it (Rajpurkar et al. 2018).

    :param predicted: The answer, empty for an abstention.
    :param gold: The right answers. Those of which `normalised` leaves nothing are dropped; where none is left, an
        abstention is right.
    :returns: 1 if it equals a right answer once both are normalised, else 0.
    """
    return _best(_equal, predicted, gold)


def f1(predicted: str, gold: Sequence[str]) -> float:
    """
    Measure how many words an answer shares with the right one, as SQuAD 2 defines it (Rajpurkar et al. 2018).

    :param predicted: The answer, empty for an abstention.
    :param gold: The right answers; see `exact_match`.
    :returns: The largest F1 with a right answer, in [0, 1]: of bags of normalised words, in any order. Where one side
        has no words, 1 if the other has none either.
    """
    return _best(_bag_f1, predicted, gold)


def rouge_l(predicted: str, gold: Sequence[str]) -> float:
    """
    Measure the longest sequence of words that a generated answer shares with a right one: ROUGE-L (Lin 2004).

    Words are runs of letters and digits of any script, not stemmed: in ASCII text what `rouge_score` takes by default.

    :param predicted: The answer, empty for an abstention.
    :param gold: The right answers; see `exact_match`.
    :returns: The largest F-measure with a right answer, in [0, 1]. Where one side has no words, 1 if the other has
        none either.
    """
    return _best(_rouge_l, predicted, gold)


def supported(answer: str, passages: Sequence[str]) -> bool:
    """
    Tell whether one of the passages that a generated answer cites holds all its words.

    The support is lexical: words in another form or a synonym count as unsupported, and words that the passage has in
    another order, or denies, as supported. Function words, such as "it", "is" and "yes", need not be there.

    :param answer: The answer, without marks such as `[1]`; not an abstention, which needs no support.
    :param passages: The passages it cites. Without one, nothing is supported.
    :returns: Whether a single passage has every content word of the answer; if it has none, every word.
    """
    words = set(_words(answer))
    claimed = words - FUNCTION_WORDS or words
    return bool(claimed) and any(claimed.issubset(_words(passage)) for passage in passages)


def _best(score: Callable[[str, str], float], predicted: str, gold: Sequence[str]) -> float:
    return max(score(predicted, text) for text in [text for text in gold if normalised(text)] or [""])


def _equal(predicted: str, gold: str) -> float:
    return float(normalised(predicted) == normalised(gold))


def _bag_f1(predicted: str, gold: str) -> float:
    given, right = normalised(predicted).split(), normalised(gold).split()
    if not given or not right:
        return float(given == right)
    shared = (Counter(given) & Counter(right)).total()
    return 2 * shared / (len(given) + len(right))


def _rouge_l(predicted: str, gold: str) -> float:
    given, right = _words(predicted), _words(gold)
    if not given or not right:
        return float(given == right)
    return float(_rouge_scorer().score(gold, predicted)["rougeL"].fmeasure)


def _words(text: str) -> list[str]:
    return WORDS.findall(text.lower())


class _Tokenizer:
    """The default one of `rouge_score` sees only ASCII letters: "café" would be "caf", and Greek nothing."""

    def tokenize(self, text: str) -> list[str]:
        return _words(text)


@cache
def _rouge_scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer  # slow: it imports NLTK

    return RougeScorer(["rougeL"], tokenizer=_Tokenizer())
