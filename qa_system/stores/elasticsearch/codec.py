"""Haystack documents to what Elasticsearch keeps, and back; laid out as Haystack's integration does."""

from dataclasses import fields
from typing import Any

from haystack import Document

DOCUMENT_FIELDS = frozenset(field.name for field in fields(Document)) | {"dataframe"}
"""Names that mean the document's own field at the top; metadata of these names lie under `meta`."""


def source_of(document: Document) -> dict[str, Any]:
    """
    Prepare a document for the index.

    It is what `Document.to_dict` gives, which copies so deeply that it took a third of the time that indexing took.

    :param document: Its score is left out: that belongs to a query.
    :returns: The document with its metadata beside its own fields.
    """
    source: dict[str, Any] = {"id": document.id, "content": document.content, "embedding": document.embedding}
    for name in ("blob", "sparse_embedding"):
        part = getattr(document, name)
        source[name] = part and part.to_dict()
    hidden = {name: value for name, value in document.meta.items() if name in DOCUMENT_FIELDS}
    source |= document.meta if not hidden else {k: v for k, v in document.meta.items() if k not in hidden}
    source["meta"] = hidden or None
    return {name: value for name, value in source.items() if value is not None}


def document_of(hit: dict[str, Any], *, scored: bool = False) -> Document:
    """
    Make the document that was written.

    :param hit: A hit of a search.
    :param scored: Whether its score belongs to a query.
    :returns: The document.
    """
    return Document.from_dict({**hit["_source"], "score": hit["_score"] if scored else None})


def field_of(name: str) -> str:
    """
    Find where the index has a metadata field.

    :param name: Name of the field, with or without `meta.`.
    :returns: Its path in the index.
    """
    path = name.removeprefix("meta.")
    return f"meta.{path}" if path.split(".")[0] in DOCUMENT_FIELDS else path
