"""The bundled sample: reviews of fictional products in the voices of customers, with labelled questions."""

from pathlib import Path

REVIEWS = Path(__file__).with_name("reviews.jsonl")
QUESTIONS = Path(__file__).with_name("questions.jsonl")


def resolve_source(source: str) -> Path:
    """
    Turn what a user calls a source into a path.

    :param source: A path, or `sample` for the bundled reviews where no file has that name.
    :returns: The path.
    """
    return REVIEWS if source == "sample" and not Path(source).exists() else Path(source)


def resolve_questions(source: str) -> Path:
    """
    Turn what a user calls a source of labelled questions into a path.

    :param source: A path, or `sample` for the bundled questions where no file has that name.
    :returns: The path.
    """
    return QUESTIONS if source == "sample" and not Path(source).exists() else Path(source)


def questions_on(reviews: Path) -> Path | None:
    """
    Find the labelled questions that go with reviews in another file.

    :param reviews: A source of reviews.
    :returns: The bundled questions for the bundled reviews; None for any others.
    """
    return QUESTIONS if reviews == REVIEWS else None
