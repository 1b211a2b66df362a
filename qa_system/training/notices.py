"""What a training cannot make use of: counted, and said once."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from qa_system.reading import windows
from qa_system.reading.style import styled
from qa_system.reading.windows import WindowCutter
from qa_system.records import Rejection
from qa_system.training.mixture import Mixture
from qa_system.training.recipe import Recipe

logger = logging.getLogger(__name__)

_LISTED = 5


def warn_of_rejections(rejections: Sequence[Rejection]) -> None:
    """
    Warn of rows that are skipped, if there are any.

    :param rejections: The rows.
    """
    if rejections:
        listed = "\n".join(map(str, rejections[:_LISTED]))
        logger.warning("Rows that are skipped, since nothing can be learned from them: %d\n%s", len(rejections), listed)


@contextmanager
def long_questions_said_once(mixture: Mixture, cutter: WindowCutter, recipe: Recipe) -> Iterator[None]:
    """
    Warn of the questions that are cut, where the cutter would warn of each whenever it is read inside the block.

    :param mixture: The questions.
    :param cutter: Cuts them.
    :param recipe: How they are put.
    """
    questions = {styled(each.question, each.style, recipe.styles) for each in mixture.train + mixture.validation}
    cutting = logging.getLogger(windows.__name__)
    cutting.addFilter(_refuse)
    try:
        if long := sum(cutter.shorten(question) != question for question in questions):
            logger.warning(
                "Questions longer than a quarter of a window: %d of %d. Of each the first %d tokens are read; raise "
                "max_seq_length to read more.",
                long,
                len(questions),
                recipe.max_seq_length // 4,
            )
        yield
    finally:
        cutting.removeFilter(_refuse)


def _refuse(record: logging.LogRecord) -> bool:
    return False
