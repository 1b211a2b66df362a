"""What the log-odds of words make of sentences and opinions that nobody labelled; None where that is not sure."""

import re

from qa_system.opinions.labels import NEGATIVE, NEUTRAL, POSITIVE

# Log-odds of praise, whose middle is at about 0.8: people who say nothing in particular mostly praise.
_NOTHING = 0.5, 1.1
_SENTENCE_PRAISES, _SENTENCE_BLAMES = 2.0, -0.5
_PHRASE_PRAISES, _PHRASE_BLAMES, _PHRASE_MAY_BLAME = 1.5, -1.0, -0.6
_DENIAL_BLAMES, _DENIAL_MAY_BLAME = -2.0, -1.2

_DENIES = r"(?:\b(?:not|never|no|without|cannot)\b|n\s?'t\b)"
_DENIED = re.compile(_DENIES, re.IGNORECASE)
_BLAME_DENIED = re.compile(
    rf"{_DENIES}\s+(?:\w+\s+){{0,2}}(?:bad|disap+oint\w*|problems?|issues?|complain\w*|trouble|regrets?|worse|too)\b",
    re.IGNORECASE,
)


def polarity_of_sentence(odds: float, of_review: int) -> int | None:
    """
    Label a sentence of a rated review.

    :param odds: The log-odds of its words.
    :param of_review: The polarity of the rating.
    :returns: That polarity where the words agree; neutral where they tell nothing.
    """
    if _NOTHING[0] < odds < _NOTHING[1]:
        return NEUTRAL
    if odds > _SENTENCE_PRAISES and of_review == POSITIVE:
        return POSITIVE
    return NEGATIVE if odds < _SENTENCE_BLAMES and of_review == NEGATIVE else None


def polarity_of_opinion(phrase: str, odds: float, of_sentences: float) -> int | None:
    """
    Label words that annotators marked as an opinion.

    Ratings teach a linear model that "not" blames. So "not bad" is praise here, other denials have to be surer, and
    what is less sure has to stand in sentences that blame.

    :param phrase: The words.
    :param odds: Their log-odds.
    :param of_sentences: Those of the sentences that they stand in.
    :returns: Positive or negative.
    """
    if _BLAME_DENIED.search(phrase):
        return POSITIVE if len(_DENIED.findall(phrase)) == 1 else None
    denied = bool(_DENIED.search(phrase))
    sure, unsure = (_DENIAL_BLAMES, _DENIAL_MAY_BLAME) if denied else (_PHRASE_BLAMES, _PHRASE_MAY_BLAME)
    if odds < sure or (odds < unsure and of_sentences < sure):
        return NEGATIVE
    return POSITIVE if odds > _PHRASE_PRAISES and not denied else None
