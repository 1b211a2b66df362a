"""The document store on Elasticsearch: Haystack's integration with our mapping, our filters, and a bulk writer."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any

from elasticsearch import AsyncElasticsearch, NotFoundError
from haystack import Document, default_from_dict, default_to_dict
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy
from haystack_integrations.document_stores.elasticsearch import ElasticsearchDocumentStore

from qa_system.errors import StoreError
from qa_system.settings import ElasticsearchSettings
from qa_system.stores.elasticsearch.address import parse_address
from qa_system.stores.elasticsearch.codec import source_of
from qa_system.stores.elasticsearch.connection import connect, connection, explained
from qa_system.stores.elasticsearch.filters import EVERYTHING, filter_query
from qa_system.stores.elasticsearch.loading import Action, Loader, do_now
from qa_system.stores.elasticsearch.reads import IndexReads
from qa_system.stores.elasticsearch.schema import (
    DEFAULT_LANGUAGE,
    language_of,
    loading,
    made_by_us,
    serving,
    template,
)
from qa_system.stores.elasticsearch.vectors import IndexVectors
from qa_system.stores.elasticsearch.versions import Versions


class ElasticsearchStore(IndexReads, IndexVectors, ElasticsearchDocumentStore):
    """
    A Haystack document store in an index of an Elasticsearch cluster.

    It is the integration's store, and can be handed to the integration's components; its asynchronous methods are the
    integration's own, on our connection. The index is made with the first write, and connecting waits for the first
    use.

    :param url: Nodes of the cluster, see `parse_address`.
    :param path: Folder on this machine; what is derived from the index lies there in one of its own.
    :param language: Decides the stemmer: one of `schema.STEMMERS`. An index keeps its language; None is the index's
        own, and English for a new one.
    :param settings: The index, how it is reached and how it is loaded; a dictionary of them where a pipeline was
        loaded from YAML. Secrets are read from the environment, never from here.
    :raises SettingsError: The URL is none.
    """

    def __init__(
        self,
        url: str,
        *,
        path: str | Path = "reviews.qa",
        language: str | None = None,
        settings: ElasticsearchSettings | dict[str, Any] | None = None,
    ) -> None:
        self._folder = Path(path).expanduser()
        self.settings = ElasticsearchSettings.model_validate(settings or {})
        self.index_address = parse_address(url, self.settings.index)
        super().__init__(
            hosts=list(self.index_address.hosts), index=self.index_address.index, api_key=None, api_key_id=None
        )
        self._language = language
        self._lock = RLock()
        self._loader: Loader | None = None
        self._companions: dict[str, ElasticsearchStore] = {}
        self.refused = 0

    @classmethod
    def open(
        cls, url: str, *, path: str | Path = "reviews.qa", settings: ElasticsearchSettings | None = None
    ) -> "ElasticsearchStore":
        """
        Open a store that must exist.

        :param url: As for the class.
        :param path: As for the class.
        :param settings: As for the class.
        :returns: The store.
        :raises StoreError: There is none, another version made it, or the cluster cannot be reached.
        """
        store = cls(url, path=path, settings=settings)
        if store._stored_language() is None:
            raise StoreError(
                f"There is no index at {store.address}. To make one: qa index SOURCE --store {store.address}"
            )
        return store

    def close(self) -> None:
        """Let go of the connections; the store can still be used, and connects again."""
        super().close()
        for companion in self._companions.values():
            companion.close()

    @property
    def address(self) -> str:
        """The URL with the index; nothing secret is in it."""
        return str(self.index_address)

    @cached_property
    def path(self) -> Path:
        """Folder on this machine for what is derived from this index of this cluster."""
        with explained(self.index_address):
            cluster = self.client.info()["cluster_uuid"]
        return self._folder / "clusters" / f"{self.index_address.index}-{cluster}"

    @property
    def language(self) -> str:
        """Decides the stemmer; that of the index where there is one, which refuses another."""
        stored = self._stored_language()
        if stored and self._language not in (None, stored):
            raise StoreError(
                f"The index {self.address} was made for the language {stored!r}, not {self._language!r}, and keeps it. "
                "Leave the language out (`--language` or the setting `store.language`), or make the index anew with "
                "--reindex."
            )
        return stored or self._language or DEFAULT_LANGUAGE

    def beside(self, name: str) -> "ElasticsearchStore":
        """
        Find a second store that belongs to this one.

        :param name: It follows the name of this one's index, after a hyphen.
        :returns: The store; it need not exist.
        """
        with self._lock:
            if name not in self._companions:
                self._companions[name] = ElasticsearchStore(
                    f"{self.address}-{name}", path=self._folder, settings=self.settings
                )
            return self._companions[name]

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the store's address and settings; they name the variables of the secrets, never the secrets.

        :returns: What `from_dict` reads.
        """
        settings = self.settings.model_dump(mode="json")
        return default_to_dict(
            self, url=self.address, path=str(self._folder), language=self._language, settings=settings
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ElasticsearchStore":
        """
        Make the store from its address.

        :param data: What `to_dict` gave.
        :returns: A store on the same index.
        """
        return default_from_dict(cls, data)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """
        Write all of the block through bulk requests that overlap, and show it at the end.

        Nothing is taken back after an error: what the cluster has taken stays, and all of it can be written again. The
        index refreshes rarely meanwhile; what it was is put back after the block, and after a killed process by the
        next one. Blocks inside the block belong to it. Several machines may write at once.

        :raises StoreError: The cluster could not take something within `elasticsearch.patience`; another job has put a
            new index in the place of the one written to.
        """
        if self._loader is not None:
            yield
            return
        index = self._prepared()
        # Through the alias: an index that a rebuild deletes meanwhile would come back as one that nobody is shown.
        loader = Loader(self.client, self.index_address, self._index, self.settings)
        try:
            with self._relaxed(index), loader:
                self._loader = loader
                yield
        finally:
            self._loader, self.refused = None, loader.refused
        self._check_shown(index)

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """
        Write inside the block to a new version of the index, which takes this one's place at the end, without a gap.

        Inside the block the store shows the new version only; others go on reading the old one. After an error or a
        crash the new version stays hidden, and the next block goes on with it.

        :raises StoreError: The cluster cannot be written.
        """
        with explained(self.index_address):
            current = self._versions.current()
            last = self._last_language(current)
            made_of = template(self._language or last, self.settings)
            fresh = self._versions.after(current)
            self._versions.drop_if_other(fresh, made_of)
            self._versions.ensure(fresh, made_of)
        self._index = fresh
        try:
            yield
        finally:
            self._index = self.index_address.index
        with explained(self.index_address):
            self._versions.show(fresh, instead_of=current)

    def commit(self) -> None:
        """Wait until the cluster has what the surrounding `writing()` block wrote; outside of one, do nothing."""
        if self._loader is not None:
            self._loader.flush()

    def write_documents(  # type: ignore[override]  # the integration's `refresh` is not ours to choose
        self, documents: list[Document], policy: DuplicatePolicy = DuplicatePolicy.NONE
    ) -> int:
        """
        Write documents. Inside `writing()` with the policy OVERWRITE they may be on their way when this returns.

        :param documents: The documents. Their scores are not kept.
        :param policy: What to do with an id that is there already; NONE means FAIL.
        :returns: How many were written.
        :raises DuplicateDocumentError: An id is there already, and the policy is FAIL; the others are written.
        :raises ValueError: Something else than documents was given.
        :raises StoreError: The cluster refuses one; the others are written.
        """
        if not isinstance(documents, list) or not all(isinstance(document, Document) for document in documents):
            raise ValueError("Please provide a list of Documents.")
        kind = "index" if policy == DuplicatePolicy.OVERWRITE else "create"
        actions = ({"_op_type": kind, "_id": document.id, "_source": source_of(document)} for document in documents)
        if self._loader is not None and policy == DuplicatePolicy.OVERWRITE:
            self._loader.put(actions)
            return len(documents)
        written, duplicates = self._do(actions)
        if duplicates and policy != DuplicatePolicy.SKIP:
            raise DuplicateDocumentError(f"IDs '{', '.join(duplicates)}' already exist.")
        return written

    def delete_documents(self, document_ids: list[str]) -> None:  # type: ignore[override]
        """
        Delete documents.

        :param document_ids: Unknown ones are passed over.
        """
        actions = [{"_op_type": "delete", "_id": document_id} for document_id in document_ids]
        if self._loader is not None:
            self._loader.put(actions)
        else:
            self._do(actions)

    def delete_all_documents(self) -> None:  # type: ignore[override]
        """Delete all documents; the index stays."""
        self._delete(EVERYTHING)

    def delete_by_filter(self, filters: dict[str, Any]) -> int:  # type: ignore[override]
        """
        Delete the documents that pass a filter.

        :param filters: Filter in Haystack's language.
        :returns: How many were deleted.
        """
        return self._delete(filter_query(filters, self._fields))

    def update_by_filter(self, filters: dict[str, Any], meta: dict[str, Any]) -> int:  # type: ignore[override]
        """
        Change metadata of the documents that pass a filter.

        :param filters: Filter in Haystack's language.
        :param meta: Fields to set; the others stay.
        :returns: How many were changed.
        """
        changed = source_of(Document(id="", meta=meta))
        del changed["id"]
        ids = self.ids_by_filter(filters)
        return self._do({"_op_type": "update", "_id": document_id, "doc": changed} for document_id in ids)[0]

    def _ensure_initialized(self) -> None:
        """Connect; the integration calls this before each use of the client."""
        with self._lock:
            if self._client is None:
                self._client = connect(self.index_address, self.settings)

    async def _ensure_initialized_async(self) -> None:
        """Connect; the integration's own would make the index, and knows no certificates."""
        if self._async_client is None:
            self._async_client = connection(self.index_address, self.settings, client=AsyncElasticsearch)

    @property
    def _versions(self) -> Versions:
        return Versions(self.client, self.index_address.index)

    def _stored_language(self) -> str | None:
        with explained(self.index_address):
            current = self._versions.current()
            return current and language_of(self._versions.meta(current), current)

    def _last_language(self, index: str | None) -> str:
        """The language of an index of ours, whichever version made it."""
        if index is None:
            return DEFAULT_LANGUAGE
        return made_by_us(self._versions.meta(index), index).get("language", DEFAULT_LANGUAGE)

    def _check_shown(self, index: str) -> None:
        if self._index != self.index_address.index:  # a rebuild, shown at its end
            return
        with explained(self.index_address):
            shown = self._versions.current()
        if shown != index:
            raise StoreError(
                f"While this job wrote to {index}, another put {shown} in its place, which lacks what was written. Run "
                "the same command again."
            )

    def _prepared(self) -> str:
        """Make sure that there is an index to write to, and tell which."""
        with explained(self.index_address):
            if self._index != self.index_address.index:  # a rebuild
                return self._index
            language, current = self.language, self._versions.current()
            if current is None:
                current = self._versions.after(None)
                self._versions.ensure(current, template(language, self.settings))
                self._versions.show(current)
            return current

    @contextmanager
    def _relaxed(self, index: str) -> Iterator[None]:
        with explained(self.index_address):
            self.client.indices.refresh(index=index)  # a job that was killed left what nobody sees yet
            relaxed = loading(self.settings, is_empty=self.count_documents() == 0)
            self.client.indices.put_settings(index=index, settings=relaxed)
        try:
            yield
        except BaseException:
            with suppress(StoreError):  # what went wrong first is what matters; the next job puts the settings back
                self._serve(index)
            raise
        self._serve(index)

    def _serve(self, index: str) -> None:
        with explained(self.index_address), suppress(NotFoundError):  # a rebuild took its place; `_check_shown` tells
            self.client.indices.put_settings(index=index, settings=serving(self.settings))
            self.client.indices.refresh(index=index)

    def _do(self, actions: Iterable[Action]) -> tuple[int, list[str]]:
        return do_now(self.client, self.index_address, self._prepared(), actions)

    def _delete(self, query: dict[str, Any]) -> int:
        with explained(self.index_address):
            answer = self.client.delete_by_query(
                index=self._index, query=query, refresh=True, conflicts="proceed", ignore_unavailable=True
            )
        return answer["deleted"]
