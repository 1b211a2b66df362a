"""What all visitors of a server share: its settings, the opened stores, the models."""

import streamlit as st

from qa_system import QASystem, Settings, load_settings, stores_beside

STORES_KEPT = 8
"""Held open at once, with what is known of them; the one that was used least recently is let go."""
REFRESHED = "1h"
"""A store may be written while the page is open. What changes its size is seen at once, the rest after this time."""

_started_with: Settings | None = None


def start_with(settings: Settings) -> None:
    """
    Say with which settings the page is served.

    :param settings: Those of `qa ui`.
    """
    global _started_with
    _started_with = settings


def server_settings() -> Settings:
    """
    Tell with which settings the page is served.

    :returns: Those of `qa ui`; where `streamlit run` serves the page, those of `qa.toml` and the environment.
    :raises SettingsError: If one is wrong.
    """
    return _started_with or load_settings()


def store_names(settings: Settings) -> dict[str, str]:
    """
    List the stores that a visitor can choose: those that lie together with the server's.

    :param settings: The server's.
    :returns: Addresses by name, the server's first, whether it exists or not.
    """
    if settings.store.url:
        return {settings.store.address: settings.store.address}
    own = settings.store.path
    return {own.name: str(own)} | {path.name: str(path) for path in stores_beside(own)}


def system(settings: Settings, store: str, reader: str) -> QASystem:
    """
    Open a store for asking, or take what another visitor has opened.

    :param settings: The server's.
    :param store: Address of the store.
    :param reader: Name or folder of the reader.
    :returns: The system, to be used by many and closed by nobody.
    :raises StoreError: If there is no such store, or another version made it.
    """
    chosen = settings.model_copy(update={"reader": settings.reader.model_copy(update={"model": reader})})
    return _opened(store, chosen.model_dump_json(), chosen)


@st.cache_resource(max_entries=STORES_KEPT, show_spinner=False)
def _opened(store: str, settings_key: str, _settings: Settings) -> QASystem:
    return QASystem.open(store, settings=_settings)
