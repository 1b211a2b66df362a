"""What the opinions model gives for each token of a text, by column, and for what it is asked."""

from qa_system.reading.tasks import Task

NEGATIVE, NEUTRAL, POSITIVE = range(3)
"""Columns of polarities."""

WEIGHT = 3
"""Column of how much a token counts for the polarity of its text."""

OUTSIDE, BEGIN, INSIDE = range(4, 7)
"""Columns of whether a token is of no aspect, the first of one, or a later one (Ramshaw and Marcus, 1995)."""

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE", "WEIGHT", "O", "B-ASPECT", "I-ASPECT")

OPINIONS = Task(
    noun="opinions",
    architecture="AutoModelForTokenClassification",
    outputs=("logits",),
    purpose="telling opinions apart",
    advice="Give one that `qa train opinions` made.",
)
