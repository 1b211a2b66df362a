"""Which kind of answer a question wants, and how a model is told."""

import re
from collections.abc import Mapping
from typing import Literal, get_args

QuestionStyle = Literal["auto", "opinion", "plain"]
QUESTION_STYLES: tuple[str, ...] = get_args(QuestionStyle)

# What these ask for is a name, a number, a time or a place, which reviews state in a few words. "How is the bass?",
# "Is it worth it?" and "What about comfort?" ask what somebody thought.
_ASKS_FOR_A_FACT = re.compile(
    r"""
    ^ \W* ((so|and|but|ok|hi) \W+)? (who|whose|when|where) \b
    | \b how \s (many|much|long|big|large|small|tall|wide|thick|heavy|deep|high|old|far|often|fast) \b
    | \b (what|which) ('?s|\sis|\sare)? (\s the)? (\s \w+)? \s
      (size|colou?r|type|kind|model|brand|version|year|material|country|voltage|capacity|weight|range|cable)s? \b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def style_of(question: str, style: str) -> str:
    """
    Decide which kind of answer a question wants.

    :param question: The question.
    :param style: One of `QUESTION_STYLES`. `auto` takes questions for a fact (who, when, how many, what size, …) as
        plain ones and all others as questions for an opinion.
    :returns: `opinion` or `plain`.
    """
    if style != "auto":
        return style
    return "plain" if _ASKS_FOR_A_FACT.search(question) else "opinion"


def styled(question: str, style: str, prefixes: Mapping[str, str]) -> str:
    """
    Put the words in front of a question that tell the model which kind of answer is wanted.

    :param question: The question.
    :param style: One of `QUESTION_STYLES`.
    :param prefixes: The words that the model was trained with, by style. A model that knows none gets the question as
        it is.
    :returns: The question to give to the model.
    """
    return prefixes.get(style_of(question, style), "") + question
