"""The template of our indices: how text is analysed, and which type a metadata field gets."""

from importlib.metadata import version
from typing import Any

from qa_system.errors import SettingsError, StoreError
from qa_system.settings import ElasticsearchSettings

FORMAT = 1
DEFAULT_LANGUAGE = "english"
STEMMERS = {
    "arabic": "arabic",
    "danish": "danish",
    "dutch": "dutch",
    "english": "porter2",
    "finnish": "finnish",
    "french": "french",
    "german": "german",
    "greek": "greek",
    "hungarian": "hungarian",
    "italian": "italian",
    "norwegian": "norwegian",
    "portuguese": "portuguese",
    "romanian": "romanian",
    "russian": "russian",
    "spanish": "spanish",
    "swedish": "swedish",
    "turkish": "turkish",
}
"""Language to the stemmer that stems as the embedded store does."""

KEYWORDS = ("item_id", "review_id", "item_name", "category", "title", "source", "fingerprint")
"""Known fields that are text whatever they look like: an item may be called 2021, or 2021-01-02."""

DATES = "strict_date_optional_time"
LONGEST_KEYWORD = 8_000
"""Characters. A longer value is kept, but not found: Lucene's terms hold 32,766 bytes."""

_TEXT = {"type": "keyword", "ignore_above": LONGEST_KEYWORD}
# A value of another type than the field's first one is found as text; it neither fails nor changes the field.
_AS_TEXT_TOO = {"ignore_malformed": True, "fields": {"text": _TEXT}}
_DATE = {"type": "date", "format": DATES, **_AS_TEXT_TOO}
# The standard tokenizer keeps these inside words; the embedded store separates at them.
_SEPARATORS = [f"{mark}=>\\u0020" for mark in ("'", "\\u2019", ".", ",", ":", "_", "\\u00B7", "\\uFF0E")]


def template(language: str, settings: ElasticsearchSettings) -> dict[str, Any]:
    """
    Describe an index.

    :param language: One of `STEMMERS`.
    :param settings: Shards and replicas.
    :returns: `settings` and `mappings`, as an index template takes them.
    :raises SettingsError: There is no stemmer for the language.
    """
    return {
        "settings": {"index": _index_settings(settings), "analysis": _analysis(language)},
        "mappings": _mappings(language),
    }


def serving(settings: ElasticsearchSettings) -> dict[str, Any]:
    """
    Tell the index settings that searching wants.

    :param settings: The replicas.
    :returns: Settings of an index; the replicas are as many as there are nodes for, so one node is enough.
    """
    return {"refresh_interval": None, "auto_expand_replicas": f"0-{settings.replicas}"}


def loading(settings: ElasticsearchSettings, *, is_empty: bool) -> dict[str, Any]:
    """
    Tell the index settings that loading wants.

    :param settings: Whether replicas may be left out.
    :param is_empty: Whether the index has nothing to lose.
    :returns: Settings of an index. It still shows what is new every half minute: a job that is killed leaves it so.
    """
    relaxed: dict[str, Any] = {"refresh_interval": "30s"}
    if settings.relax_replicas and is_empty:
        relaxed |= {"auto_expand_replicas": False, "number_of_replicas": 0}
    return relaxed


def made_by_us(meta: dict[str, Any] | None, name: str) -> dict[str, Any]:
    """
    Make sure that an index is one of ours, of whatever version.

    :param meta: What its mapping says of itself in `_meta`.
    :param name: Name of the index, for messages.
    :returns: `format`, `language` and `created_by`.
    :raises StoreError: Something else made the index.
    """
    described = (meta or {}).get("qa_system")
    if described is None:
        raise StoreError(
            f"The index {name} was not made by qa-system. Name another index, with `elasticsearch.index` or at the end "
            "of the URL."
        )
    return described


def language_of(meta: dict[str, Any] | None, name: str) -> str:
    """
    Read which language an index was made for.

    :param meta: What its mapping says of itself in `_meta`.
    :param name: Name of the index, for messages.
    :returns: One of `STEMMERS`.
    :raises StoreError: Another version of this package made the index, or something else did.
    """
    described = made_by_us(meta, name)
    if described.get("format") != FORMAT:
        raise StoreError(
            f"The index {name} has format {described.get('format')}, made by {described.get('created_by')}; this is "
            f"qa-system {version('qa-system')}, which reads format {FORMAT}. Make it anew beside the old one, which "
            "is searched meanwhile by the version that made it: qa index SOURCE --reindex."
        )
    return described["language"]


def _index_settings(settings: ElasticsearchSettings) -> dict[str, Any]:
    return {
        "number_of_shards": settings.shards,
        "auto_expand_replicas": f"0-{settings.replicas}",
        # A column more does not make a document fail: it is kept, and no filter finds it.
        "mapping.total_fields.ignore_dynamic_beyond_limit": True,
    }


def _analysis(language: str) -> dict[str, Any]:
    if language not in STEMMERS:
        raise SettingsError(f"There is no stemmer for the language {language!r}. Supported: {', '.join(STEMMERS)}.")
    return {
        "char_filter": {"separators": {"type": "mapping", "mappings": _SEPARATORS}},
        "filter": {"stem": {"type": "stemmer", "language": STEMMERS[language]}},
        "analyzer": {
            "review": {
                "type": "custom",
                "char_filter": ["separators"],
                "tokenizer": "standard",
                "filter": ["lowercase", "asciifolding", "stem"],
            }
        },
    }


def _mappings(language: str) -> dict[str, Any]:
    return {
        "_meta": {
            "qa_system": {"format": FORMAT, "language": language, "created_by": f"qa-system {version('qa-system')}"}
        },
        "properties": {
            "id": {"type": "keyword", "index": False, "doc_values": False},
            "content": {"type": "text", "analyzer": "review"},
            # Takes its dimension from the first vector, and costs nothing before.
            "embedding": {"type": "dense_vector", "similarity": "cosine", "index_options": {"type": "int8_hnsw"}},
            "sparse_embedding": {"type": "object", "enabled": False},
            "blob": {"type": "object", "enabled": False},
        },
        "dynamic_date_formats": [DATES],
        "dynamic_templates": _dynamic_templates(),
    }


def _dynamic_templates() -> list[dict[str, Any]]:
    number = {"type": "double", "coerce": False, **_AS_TEXT_TOO}
    boolean = {"type": "boolean", **_AS_TEXT_TOO}
    return [
        {"known_text": {"match": list(KEYWORDS), "mapping": _TEXT}},
        {"known_date": {"match": "date", "mapping": _DATE}},
        {"numbers": {"match_mapping_type": ["long", "double"], "mapping": number}},
        {"dates": {"match_mapping_type": "date", "mapping": _DATE}},
        {"booleans": {"match_mapping_type": "boolean", "mapping": boolean}},
        {"text": {"match_mapping_type": "string", "mapping": _TEXT}},
    ]
