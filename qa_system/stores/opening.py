"""The one place that knows which engine keeps a store: an address and the settings to a store."""

from pathlib import Path
from typing import TYPE_CHECKING

from qa_system.errors import SettingsError
from qa_system.settings import Settings
from qa_system.stores.embedded import EmbeddedDocumentStore
from qa_system.stores.protocol import ReviewStore

if TYPE_CHECKING:
    from qa_system.stores.elasticsearch.store import ElasticsearchStore

StoreAddress = str | Path | None
"""A folder, the URL of a cluster, or None for what the settings say."""


def open_store(address: StoreAddress, settings: Settings) -> ReviewStore:
    """
    Open a store that must exist.

    :param address: Where it is.
    :param settings: The settings.
    :returns: The store.
    :raises StoreError: There is none, another version made it, or it cannot be reached.
    :raises SettingsError: The address is none.
    """
    address = address or settings.store.address
    if not is_url(address):
        return EmbeddedDocumentStore.open(address)
    return _cluster_store().open(str(address), path=settings.store.path, settings=settings.elasticsearch)


def store_to_write(address: StoreAddress, settings: Settings) -> ReviewStore:
    """
    Take a store that is made with the first write if it does not exist.

    :param address: Where it is.
    :param settings: The settings.
    :returns: The store.
    :raises StoreError: Something else is there, or a store of another version or language.
    :raises SettingsError: The address is none, or the language has no stemmer.
    """
    address, language = address or settings.store.address, settings.store.language
    if not is_url(address):
        return EmbeddedDocumentStore(address, language=language)
    return _cluster_store()(str(address), path=settings.store.path, language=language, settings=settings.elasticsearch)


def is_url(address: str | Path) -> bool:
    """
    Tell a cluster from a folder.

    :param address: Where a store is.
    :returns: Whether it is a URL.
    """
    return "://" in str(address)


def _cluster_store() -> "type[ElasticsearchStore]":
    try:
        from qa_system.stores.elasticsearch.store import ElasticsearchStore
    except ImportError as error:
        raise SettingsError(
            f"A store on Elasticsearch needs a package that is not installed ({error.name}). Install it with: "
            "pip install 'qa-system[elasticsearch]'"
        ) from error
    return ElasticsearchStore
