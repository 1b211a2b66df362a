"""Whether a yes is good news: "Is it comfortable?" asks for a merit, "Does it leak?" for a fault."""

import re

# What nobody wants of a product: `*` is any ending, `_` a space.
_FAULTS = """
noise noisy hiss* hum hums humming buzz* static echo* rattl* squeak* creak* distort*
leak* drip* spill* condensation mould* mold* rust* corrod* stain* smell* stink* odour odor
break breaks breaking breakage broken crack* tear tears tearing rip rips ripping damag* scratch* fade fades fading
shrink* wear_out wears_out worn_out fall_apart falls_apart fall_out falls_out falling_out fall_off falls_off fell_off
fall_over falls_over come_off comes_off come_apart comes_apart come_undone come_loose comes_loose slip slips slipping
loose wobbl* bounc* shake shakes shaky sag sags sagging stick_to sticks_to sticking stuck jam jams jammed clog* tangle*
flimsy fragile cheaply_made cheap_looking problem problems issue issues trouble fault faults faulty defect* fail* die
dies stop_working stops_working cut_out cuts_out disconnect* drop_out drops_out drain* overheat* get_hot gets_hot
get_warm gets_warm getting_hot run_hot runs_hot burn burns
flicker* glare reflect* tint blurry blurred lag lags laggy lagging delay* slow freeze_up freezes_up
hard_to difficult pain painful hurt hurts hassle annoy* uncomfortable tired fatigue headache headaches itch* irritat*
sweaty sweat mess messy bulky weak poor bad worse disappoint* regret* waste expensive overpriced
toxic harmful dangerous by_accident accidentally off_the_edge need_breaking needs_breaking
"""


def _pattern(fault: str) -> str:
    words = re.escape(fault).replace(r"\*", r"\w*").replace("_", r"\s+(?:very\s+|really\s+)?")
    return rf"{words}\b(?!\W?in\b)" if fault == "breaking" else words  # breaking in is no fault; a need of it is


_FAULT = re.compile(rf"\b(?:{'|'.join(map(_pattern, _FAULTS.split()))}|too\s+\w+)\b", re.IGNORECASE)
_NEEDS_BREAKING_IN = re.compile(r"\bneeds?\s+(?:any\s+)?breaking", re.IGNORECASE)
# "Does it work without noise?" asks for a merit, and so does "Can it handle sweat?".
_SPARED = re.compile(
    r"\bnoise\W+(?:cancel|reduc|isolat|block)\w*|n't\b"
    r"|\b(?:without|not|free\s+(?:of|from)|with?stand|(?<!the\s)handle|cope|survive|resist\w*|prevent\w*|stop|\w+-?proof)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"(?<=\w)\W+(?:when|if|once|after|before|because|in\s+case)\b.*", re.IGNORECASE | re.DOTALL)


def asks_for_a_fault(question: str) -> bool:
    """
    Tell whether a yes to a question would be bad news.

    :param question: A yes/no question, in English.
    :returns: Whether it asks for something that nobody wants, such as noise.
    """
    asked = _CONDITION.sub("", question.replace("’", "'"))  # noqa: RUF001 (as phones write it)
    return bool(_FAULT.search(asked) or _NEEDS_BREAKING_IN.search(asked)) and not _SPARED.search(asked)
