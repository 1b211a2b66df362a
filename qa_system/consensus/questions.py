"""Which kind of answer a question wants, by its form and words."""

import re

from qa_system.reading.style import style_of
from qa_system.records import QuestionKind

_VERB = (
    r"(?:am|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|shall|may|might|must|isn'?t|aren'?t"
    r"|wasn'?t|don'?t|doesn'?t|didn'?t|hasn'?t|haven'?t|can'?t|won'?t|wouldn'?t|shouldn'?t)"
)
_ASKS = r"(?:who|whom|whose|what|which|when|where|why|how)(?:'?s|'?re)?"
# "Hi, can somebody tell me how long it lasts?" asks how long it lasts.
_COURTESY = re.compile(
    rf"""
    ^ \W* (?: (?:so|and|but|ok(?:ay)?(?=\s?,)|hi|hello|hey|please|well|just \s wondering) \b \W* )*
    (?: (?: (?:can|could|would|will) \s (?:you|anyone|anybody|someone|somebody) \s (?:please\s)? (?:tell|say|explain)
            (?:\s(?:me|us))?
          | (?:do|does) \s (?:you|anyone|anybody|someone|somebody) (?:\s\w+)? \s know
          | (?:i|i'm|i\sam) \s (?:want|would\slike|wonder|wondering|need) (?:\sto\sknow)?
        ) \s+ (?:if \s+|whether \s+|(?={_ASKS}\b)) )?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ASKS_WHICH = re.compile(rf"{_ASKS}\b", re.IGNORECASE)
# "Does it work?", "Any good for calls?", "Worth it?", "ok to wear in the rain?"
_ASKS_WHETHER = re.compile(
    rf"(?:{_VERB}|any|anyone|anybody|ok|okay|good|safe|suitable|worth|compatible|easy|enough|possible)\b", re.IGNORECASE
)
# "I wonder if it works with a Mac?", and what the tone alone makes a question: "It works with a Mac?"
_STATES = re.compile(r"(?:it|its|it's|this|that|these|those|they|they're|the|i|you|there)\b", re.IGNORECASE)
# "Is it fast or does it lag?" wants neither yes nor no; "with a jack or aux input?" does.
_ALTERNATIVE = re.compile(
    rf"\bor\s+(?:{_VERB}\s+(?:it|they|this|that|these|those|the|you)|just|too|rather|more|(?:is|are)\b|an?\s+(?:bit|little))\b"
    r"|\b(?:better|worse|more|less|\w{3,}er)\b[^?]*\bor\b",
    re.IGNORECASE,
)

# What else than the reader's rule knows asks for a figure, a name, a place or a time.
_ASKS_FOR_A_FACT = re.compile(
    r"""
    ^ (?: how \s (?:many|much|long|often|far|tall|wide|thick|heavy|deep|high|old|big|large)
        | (?:who|whose|when|where|which) \b
        | how \s fast \b .* \b (?:charge|charges|deliver\w*|ship\w*)
        | what (?:'?s|\s is|\s are|\s was|\s were|\s does|\s do|\s kind|\s sort|\s type) \b .* \b
          (?: capacity|range|dimensions?|size|sizes|weigh|weight|length|height|width|depth|thickness|diameter|warranty
            | guarantee|price|cost|costs|consumption|voltage|watts?|wattage|power|resolution|speed|drop|material
            | colou?rs?|model|brand|version|country|made|battery \s life|difference|included|serial|temperature|rating
            | kind|sort|type )
          \b
        | what (?: \s \w+ ){1,3} \s (?:is|are|do|does|did|has|have|can|will) \s (?:it|they|this|these|the|i|you) \b
        | what \s (?!do \s you \s think|about|is \s it \s like|are \s they \s like)
          (?: \w+ \s )? (?:size|colou?rs?|cable|connector|version|voltage|country|resolution|model|brand|material|year
            | batter(?:y|ies)|wattage|thread|plug|adapt[eo]r|charger|age|ages|kind|sort|type|genre|camera|format)
    )
    | \b in \s (?:watts|inches|cm|centimet\w+|met\w+|feet|kg|kilos|pounds|litres|liters|hours|minutes|days) \b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# "What are the controls like?", "How much do you like it?" and "How big a problem is the heat?" ask for opinions.
_ASKS_FOR_AN_OPINION = re.compile(
    r"\bwhat\b.*\b(?:think|like\s+to\b|feel|opinion)|\bhow\s+much\b.*\b(?:like|enjoy|love|better|fun)\b"
    r"|\bhow\s+(?:big|much)\s+(?:of\s+)?an?\s+(?:problem|pain|issue)|\bwhich\b.*\b(?:better|best|nicer)\b",
    re.IGNORECASE,
)
# Words that tell a matter of opinion, whatever the form of the question.
_JUDGES = re.compile(
    r"""
    \b (?: (?:any \s)? good|great|nice|decent|ok|okay|bad|poor|cheap(?:ly)?|worth|comfort\w*|eas(?:y|ily)|hard|difficult
      | pain|annoying|sturdy|durable|reliable|solid|robust|fun|enjoy\w*|like|love|recommend\w*|pretty|beautiful|ugly
      | stylish|loud|quiet|nois[ey]+|bright|dark|fast|slow|smooth|sharp|clear|heavy|lightweight|bulky|enough|too
      | well|properly|problem|friendly|tasty|delicious|fresh|sweet|spicy|clean|messy|helpful|useful|happy|satisf\w+
      | interesting|boring|realistic|soft|stiff|tight|loose|flimsy|secure(?:ly)?|really|last|hold \s up|big|small
      ) \b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def question_kind(question: str) -> QuestionKind:
    """
    Tell what a question asks for. The rules are for English; a question in another language is one of opinion.

    :param question: The question.
    :returns: `yes/no` where it can be answered so, whether by opinion or fact; else `factual` or `opinion`.
    """
    if wants_yes_or_no(question):
        return "yes/no"
    return "opinion" if is_subjective(question) else "factual"


def wants_yes_or_no(question: str) -> bool:
    """
    Tell whether a question can be answered by yes or no.

    :param question: The question.
    :returns: Whether its form is that of such a question, and it offers no alternatives.
    """
    asked = _core(question)
    if _ASKS_WHICH.match(asked) or _ALTERNATIVE.search(asked):
        return False
    return bool(_ASKS_WHETHER.match(asked) or (asked.endswith("?") and _STATES.match(asked)))


def is_subjective(question: str) -> bool:
    """
    Tell whether people may answer a question differently though all of them are right.

    :param question: The question, of any form.
    :returns: Whether it asks for an opinion, and not for what is the case.
    """
    asked = _core(question)
    if _ASKS_FOR_AN_OPINION.search(asked):
        return True
    if _ASKS_WHICH.match(asked):
        return not _ASKS_FOR_A_FACT.search(asked) and style_of(asked, "auto") == "opinion"
    return bool(_JUDGES.search(asked) or _ALTERNATIVE.search(asked)) or not wants_yes_or_no(question)


def _core(question: str) -> str:
    """Leave out greetings and the like."""
    text = " ".join(question.split()).replace("’", "'")  # noqa: RUF001 (as phones write it)
    return _COURTESY.sub("", text, count=1)
