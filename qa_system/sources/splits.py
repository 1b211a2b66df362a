"""Which questions are trained on, which choose the model and which measure it: the review decides, once and for all."""

from hashlib import blake2b
from typing import Literal

from qa_system.records import Question

Part = Literal["train", "validation", "held_out"]


def held_out(context: str) -> bool:
    """
    Say whether a review belongs to the tenth that no model of this project is trained on.

    It depends on nothing but the words of the review, so all questions about it, in whatever file, fall on one side,
    and a model trained tomorrow keeps clear of the same reviews.

    :param context: The review.
    :returns: Whether its fingerprint ends in the decimal digit 0.
    """
    return fingerprint(context) % 10 == 0


def part_of(question: Question) -> Part:
    """
    Assign a question to training, validation or measuring, by its review.

    A data set that names its own splits keeps its test split for measuring and gives up nothing else. Its other splits
    are divided anew: SubjQA's dev has 249 of the 255 reviews of electronics in common with train.

    :param question: A question with `context`.
    :returns: `held_out` for the tenth that is only measured on, `validation` for about a twentieth, else `train`.
    """
    context, split = question.context or "", question.meta.get("split")
    if split == "test" or (split is None and held_out(context)):
        return "held_out"
    return "validation" if fingerprint(context) % 20 == 1 else "train"


def fingerprint(context: str) -> int:
    """
    Tell reviews apart by their words.

    :param context: The review; runs of white space count as one space.
    :returns: The first 8 bytes of its BLAKE2b hash, as a big-endian number.
    """
    return int.from_bytes(blake2b(" ".join(context.split()).encode("utf-8", "replace"), digest_size=8).digest())
