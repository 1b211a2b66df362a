"""Starting the page: Streamlit's server, set up so that nothing leaves the machine."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

from qa_system import QAError, Settings, SettingsError

SCRIPT = Path(__file__).with_name("app.py")
LOCAL = "localhost"
TRIAL_QUESTION = "Is it any good?"

QUIET = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": True,  # to tell the address it would ask the internet for this machine's
    "server.fileWatcherType": "none",
    "server.headless": True,
}
LOOK = {
    "theme.baseRadius": "0.6rem",
    "theme.showWidgetBorder": True,
    "theme.light.primaryColor": "#0b6e5f",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f5f7f8",
    "theme.light.textColor": "#182026",
    "theme.dark.primaryColor": "#4fd1b5",
    "theme.dark.backgroundColor": "#12171b",
    "theme.dark.secondaryBackgroundColor": "#1a2127",
    "theme.dark.textColor": "#e8ecef",
}


def serve(settings: Settings, *, host: str = LOCAL, port: int | None = None, on_ready: Callable[[str], None]) -> None:
    """
    Serve the page until it is interrupted.

    :param settings: The settings.
    :param host: Address to listen on; `0.0.0.0` lets other machines in.
    :param port: Port to listen on; None takes the first free one from 8501 on.
    :param on_ready: Told the page's URL once it can be opened.
    :raises SettingsError: If Streamlit is not installed, or the port is taken.
    """
    streamlit = _streamlit()
    if port:
        _check_free(host, port)
    from qa_system.ui import shared

    shared.start_with(settings)

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        Thread(target=_warm_up, args=(settings,), daemon=True).start()
        on_ready(f"http://{host}:{streamlit.get_option('server.port')}")
        yield

    streamlit.App(SCRIPT, lifespan=lifespan).run(config=settings_of_streamlit(settings, host, port))


def settings_of_streamlit(settings: Settings, host: str, port: int | None) -> dict[str, Any]:
    """
    Set Streamlit up.

    :param settings: The settings.
    :param host: Address to listen on.
    :param port: Port to listen on; None leaves it to Streamlit.
    :returns: Its options by name.
    """
    listening = {"server.address": host} | ({"server.port": port} if port else {})
    return QUIET | LOOK | listening | {"server.maxUploadSize": max(1, settings.ui.max_upload_mb)}


def _warm_up(settings: Settings) -> None:
    """Load what the first visitor would wait for; what is wrong with it is told in the page."""
    from qa_system.ui import facets, products, shared

    with suppress(QAError):
        qa = shared.system(settings, settings.store.address, settings.reader.model)
        products.catalogue(qa)
        facets.facets(qa)
        qa.read(TRIAL_QUESTION, qa.search(TRIAL_QUESTION, top_k=1))
        if qa.has_opinions():
            qa.ask(TRIAL_QUESTION, item_id=list(qa.items())[-1], passages=1, consensus=True)


def _streamlit() -> Any:
    try:
        import streamlit
    except ImportError as error:
        raise SettingsError("The page needs Streamlit. Install it: pip install 'qa-system[ui]'") from error
    return streamlit


def _check_free(host: str, port: int) -> None:
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise SettingsError(
            f"The page cannot listen on {host}:{port}: {error.strerror}. Name another with --port, or none to take the "
            "first that is free."
        ) from error
