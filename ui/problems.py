"""What goes wrong is told in the page: what happened and what to do, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger

import streamlit as st

from qa_system import QAError
from qa_system.ui import render

logger = getLogger(__name__)


@contextmanager
def shown() -> Iterator[None]:
    """Show what goes wrong in the block, in its place; the rest of the page goes on."""
    try:
        yield
    except QAError as error:
        st.html(render.notice(str(error)))
    except Exception:
        logger.exception("The page failed")
        st.html(
            render.notice(
                "Something went wrong that should not have.",
                advice="Load the page again. If it happens again, report what the log of `qa ui` says.",
            )
        )
