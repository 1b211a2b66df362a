"""What a user asks -> what a store can be asked, or an error that says why not."""

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from qa_system.errors import QueryError
from qa_system.records import PASSAGE_FIELDS

MAX_QUESTION_WORDS = 100
MAX_QUESTION_CHARS = 1000
Filters = dict[str, Any]

_COMPARISON = re.compile(r"\s*([\w. -]+?)\s*(==|=|!=|<=|>=|<|>)\s*(.+?)\s*")
_KINDS = {"int": "numbers", "float": "numbers", "boolean": "true or false"}


def checked_question(question: str) -> str:
    """
    Refuse what is no question.

    :param question: As the user wrote it.
    :returns: The question without outer white space.
    :raises QueryError: If it is empty, or so long that the reader would see a part of it only.
    """
    if not isinstance(question, str):
        raise QueryError(f"A question is a string, not {question!r}.")
    question = question.encode("utf-8", "replace").decode().strip()  # no model takes half a surrogate pair
    if not question:
        raise QueryError('The question is empty. Ask in words, such as "Is the battery any good?".')
    words = len(question.split())
    if words > MAX_QUESTION_WORDS or len(question) > MAX_QUESTION_CHARS:
        raise QueryError(
            f"The question has {words:,} words and {len(question):,} characters; at most {MAX_QUESTION_WORDS} words "
            f"and {MAX_QUESTION_CHARS:,} characters are read. Ask it in a sentence."
        )
    return question


def check_counts(**counts: int | None) -> None:
    """
    Refuse to look for fewer things than one.

    :param counts: How many are wanted, by parameter; None is the default.
    :raises QueryError: If one is less than 1.
    """
    for name, count in counts.items():
        if count is not None and count < 1:
            raise QueryError(f"{name} is {count}; it says how many are wanted, so it is at least 1.")


def item_filter(item_id: str) -> Filters:
    """
    Select the passages of one item.

    :param item_id: The item.
    :returns: A Haystack filter.
    """
    return {"field": "meta.item_id", "operator": "==", "value": item_id}


def equal(**fields: str | None) -> Filters | None:
    """
    Select by metadata.

    :param fields: The value of each field; None says nothing.
    :returns: A Haystack filter; None where nothing is said.
    """
    conditions = [
        {"field": f"meta.{field}", "operator": "==", "value": value}
        for field, value in fields.items()
        if value is not None
    ]
    return {"operator": "AND", "conditions": conditions} if conditions else None


def both(first: Filters | None, second: Filters | None) -> Filters | None:
    """
    Join two filters.

    :param first: A Haystack filter, or None.
    :param second: Another, or None.
    :returns: A filter that both must pass; None where there is none.
    """
    given = [filters for filters in (first, second) if filters]
    return {"operator": "AND", "conditions": given} if len(given) > 1 else next(iter(given), None)


def check_filters(filters: Filters, known: Mapping[str, Any]) -> None:
    """
    Refuse a filter on a field that no stored review has: it would match nothing and say nothing.

    :param filters: A Haystack filter.
    :param known: The store's metadata fields, by name without `meta.`.
    :raises QueryError: If the filter is malformed, or a field is unknown; the message lists the known ones.
    """
    known = {name: kind for name, kind in known.items() if name not in PASSAGE_FIELDS}
    for field in _fields(filters):
        name = field.removeprefix("meta.")
        if field not in ("id", "content") and name.split(".")[0] not in known:
            hint = _suggestion(name, list(known))
            raise QueryError(f"No review has the field {name!r}.{hint} The store has: {', '.join(sorted(known))}.")


def unknown_item(item_id: str, known: list[str]) -> QueryError:
    """
    Say that an item is not in the store.

    :param item_id: The item asked about.
    :param known: Ids of the stored items.
    :returns: The error, which names near ids.
    """
    return QueryError(
        f"No reviews of item {item_id!r}.{_suggestion(item_id, known)} `qa items` lists the {len(known):,} items."
    )


def _fields(filters: Any) -> Iterator[str]:
    if isinstance(filters, dict) and isinstance(filters.get("field"), str):
        yield filters["field"]
    elif isinstance(filters, dict) and isinstance(filters.get("conditions"), list):
        for condition in filters["conditions"]:
            yield from _fields(condition)
    else:
        raise QueryError(
            f"{filters!r} is no filter. One is a dictionary with 'field', 'operator' and 'value', or with 'operator' "
            "and a list of 'conditions'."
        )


def _suggestion(name: str, known: list[str]) -> str:
    lowered = {one.lower(): one for one in known}
    near = [lowered[match] for match in get_close_matches(name.lower(), lowered, n=3, cutoff=0.5)]
    return f" Did you mean {' or '.join(near)}?" if near else ""


def parse_filters(expressions: list[str], known: Mapping[str, Any]) -> Filters | None:
    """
    Read filters as the command line takes them.

    :param expressions: Comparisons such as `rating<=2`, `category=kitchen`, `date>=2023-01-01` or `verified=true`.
        Operators are `=`, `!=`, `<`, `<=`, `>`, `>=`. A value is a string where the field holds strings, else JSON.
    :param known: The store's metadata fields with their types, by name without `meta.`.
    :returns: A Haystack filter that all must pass; None where there are none.
    :raises QueryError: If an expression is not of this form, or its value is not of the field's type.
    """
    conditions = [_condition(expression, known) for expression in expressions]
    return {"operator": "AND", "conditions": conditions} if conditions else None


def _condition(expression: str, known: Mapping[str, Any]) -> Filters:
    match = _COMPARISON.fullmatch(expression)
    if match is None:
        raise QueryError(f"The filter {expression!r} is not of the form FIELD OPERATOR VALUE, such as 'rating<=2'.")
    field, operator, value = match.groups()
    name = field.removeprefix("meta.")
    operator = "==" if operator == "=" else operator
    return {"field": f"meta.{name}", "operator": operator, "value": _value(value, name, known)}


def _value(text: str, field: str, known: Mapping[str, Any]) -> Any:
    kind = known.get(field, {}).get("type")
    if kind == "keyword":
        return text.strip('"')
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if kind is None:  # an unknown field is told by `check_filters`
            return text
        raise QueryError(f"The field {field!r} holds {_KINDS.get(kind, kind)}, and {text!r} is none.") from error
    return value
