"""The bars of other libraries, such as "Loading weights", kept off the stderr of the caller."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_progress_bars() -> Iterator[None]:
    """
    Load a model in silence.

    :returns: A context manager, which puts the caller's switches back as they were.
    """
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars
    from transformers.utils.logging import disable_progress_bar, enable_progress_bar, is_progress_bar_enabled

    if not is_progress_bar_enabled():
        yield
        return
    hub_shows_none = are_progress_bars_disabled()
    disable_progress_bar()
    try:
        yield
    finally:
        enable_progress_bar()  # the hub's too
        if hub_shows_none:
            disable_progress_bars()
