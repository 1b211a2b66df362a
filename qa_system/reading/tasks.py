"""What a model that reads pairs of texts gives for each token: all that a runtime has to know of it."""

from dataclasses import dataclass

OutputNames = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """
    What a model is for.

    :param noun: What such a model is called, for messages; bundled ones have names that end with it.
    :param architecture: The class of transformers that loads it.
    :param outputs: What it gives, by name, each of shape `(windows, tokens)` or `(windows, tokens, labels)`.
    :param purpose: What it has to have been trained for.
    :param advice: What to give where it was not.
    """

    noun: str
    architecture: str
    outputs: OutputNames
    purpose: str
    advice: str


EXTRACTION = Task(
    noun="reader",
    architecture="AutoModelForQuestionAnswering",
    outputs=("start_logits", "end_logits"),
    purpose="extractive question answering",
    advice="Give one with a trained question-answering head, as SQuAD models have.",
)
