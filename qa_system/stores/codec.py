"""Haystack documents to Tantivy's and back: what is indexed, and the JSON that comes back as it was written."""

import json
from typing import Any

import tantivy
from haystack import Document

from qa_system.errors import StoreError
from qa_system.stores import metadata
from qa_system.stores.analysis import spaced

WORDS = "words"
"""Name under which the analyzer of the store's language is registered."""

_DECODER = json.JSONDecoder()
_BEFORE_ID = '{"id": '  # `_fields` puts the id first


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("content", tokenizer_name=WORDS, index_option="freq")
    builder.add_text_field("values", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("types", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("sequence", indexed=True, fast=True)
    builder.add_bytes_field("json", stored=True)
    return builder.build()


SCHEMA = _schema()


def id_term(document_id: str) -> str:
    """
    Term that stands for a document's id.

    :param document_id: Any string.
    :returns: The term of the field `id`.
    """
    return metadata.value_term("", document_id)


def encode(document: Document, sequence: int) -> tantivy.Document:
    """
    Prepare a document for the index.

    :param document: Its score is left out: that belongs to a query.
    :param sequence: Its place in the order of writing.
    :returns: The document as Tantivy takes it.
    :raises StoreError: The metadata cannot be written as JSON.
    """
    record = tantivy.Document()
    try:
        record.add_bytes("json", json.dumps(_fields(document)).encode())
        for path, value in metadata.leaves(document.meta):
            record.add_text("values", metadata.value_term(path, value))
            record.add_text("types", metadata.type_term(path, value))
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(
            f"Document {document.id!r} cannot be stored: {error}. Metadata takes what JSON takes: text, numbers, "
            "true, false, null, and lists and dictionaries of them. Convert other values before writing."
        ) from error
    record.add_text("id", id_term(document.id))
    record.add_unsigned("sequence", sequence)
    if document.content is not None:
        record.add_text("content", spaced(document.content))
    return record


def decode_id(record: tantivy.Document) -> str:
    """
    Read only the id of a document, which costs a tenth of reading all of it.

    :param record: What the index stored.
    :returns: The id it was written with.
    """
    document_id, _ = _DECODER.raw_decode(_json(record), len(_BEFORE_ID))
    return document_id


def decode(record: tantivy.Document, *, score: float | None = None) -> Document:
    """
    Make the document that was written.

    :param record: What the index stored.
    :param score: The score it got in a query.
    :returns: The document with the content, metadata and embedding it was written with.
    """
    fields = json.loads(_json(record))
    if len(fields) > 3:
        return Document.from_dict({**fields, "score": score})
    return Document(**fields, score=score)


def _json(record: tantivy.Document) -> str:
    return record["json"][0].decode("ascii")


def _fields(document: Document) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": document.id, "content": document.content, "meta": document.meta}
    if document.embedding is not None:
        fields["embedding"] = document.embedding
    for name in ("blob", "sparse_embedding"):
        part = getattr(document, name)
        if part is not None:
            fields[name] = part.to_dict()
    return fields
