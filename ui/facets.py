"""The metadata that a store holds -> what a visitor can filter by -> Haystack filters."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from typing import Any, Literal

import streamlit as st

from qa_system import QASystem
from qa_system.ui.shared import REFRESHED, STORES_KEPT

MOST_VALUES = 30
"""A field with more words than these is no choice but a text."""
MOST_FACETS = 8
FIRST = ("rating", "date", "category")
STARS = 10
"""What reaches no higher is counted in halves, like stars."""
NO_FACETS = frozenset(
    {"item_id", "review_id", "item_name", "title", "source", "split_id", "split_idx_start", "fingerprint"}
)
"""Ids, texts, and what the store keeps for itself."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Facet:
    """
    A metadata field that a visitor can filter by.

    :param field: Its name.
    :param kind: `range` of numbers, span of `days`, or choice among `values`.
    :param low: The least value that reviews have; None for values.
    :param high: The greatest.
    :param values: What there is to choose from, most frequent first.
    """

    field: str
    kind: Literal["range", "days", "values"]
    low: Any = None
    high: Any = None
    values: tuple[Any, ...] = ()

    @property
    def step(self) -> float:
        """How finely a range is chosen from: halves or whole numbers that reach both its ends, else its hundredths."""
        step = 0.5 if self.high <= STARS else 1.0
        return step if self.low % step == self.high % step == 0 else (self.high - self.low) / 100

    def condition(self, chosen: Any) -> dict[str, Any] | None:
        """
        Turn what a visitor chose into a filter.

        :param chosen: A pair of numbers or dates, a date alone where the other is not chosen yet, or a list of values.
        :returns: A Haystack filter; None where all reviews pass.
        """
        if self.kind == "values":
            return {"field": f"meta.{self.field}", "operator": "in", "value": list(chosen)} if chosen else None
        bounds = tuple(chosen) if isinstance(chosen, tuple | list) else (chosen,)
        if len(bounds) < 2 or bounds == (self.low, self.high):
            return None
        low, high = bounds
        if self.kind == "range":
            return self._between(low, "<=", high)
        return self._between(low.isoformat(), "<", (high + timedelta(days=1)).isoformat())

    def _between(self, low: Any, until: str, high: Any) -> dict[str, Any]:
        bounds = ((">=", low), (until, high))
        conditions = [
            {"field": f"meta.{self.field}", "operator": operator, "value": value} for operator, value in bounds
        ]
        return {"operator": "AND", "conditions": conditions}


def facets(qa: QASystem) -> list[Facet]:
    """
    Find out what the reviews of a store can be filtered by.

    :param qa: The system on the store.
    :returns: Rating, date and category first, as far as they are known and differ among the reviews; read anew when
        the store's size has changed.
    """
    return _facets(qa.store.address, qa.store.count_documents(), qa)


def all_of(conditions: list[dict[str, Any]]) -> dict[str, Any] | None:
    """
    Join filters.

    :param conditions: Haystack filters.
    :returns: One that all must pass; None where there are none.
    """
    return {"operator": "AND", "conditions": conditions} if conditions else None


@st.cache_data(ttl=REFRESHED, max_entries=STORES_KEPT, show_spinner=False)
def _facets(store: str, passages: int, _qa: QASystem) -> list[Facet]:
    types = {name: known["type"] for name, known in _qa.store.get_metadata_fields_info().items()}
    names = [name for name in FIRST if name in types] + sorted(types.keys() - {*FIRST, *NO_FACETS})
    found = (_facet(_qa, name, types[name]) for name in names if not name.endswith("_as_given"))
    return [facet for facet in found if facet][:MOST_FACETS]


def _facet(qa: QASystem, field: str, kind: str) -> Facet | None:
    bounds = qa.store.get_metadata_field_min_max(field)
    low, high = bounds["min"], bounds["max"]
    if kind in ("int", "float"):
        return _range(field, low, high)
    if kind == "keyword" and _is_day(low) and _is_day(high):
        first, last = date.fromisoformat(low[:10]), date.fromisoformat(high[:10])
        return Facet(field, "days", first, last) if first != last else None
    values = qa.store.count_by(field, limit=MOST_VALUES + 1)
    return Facet(field, "values", values=tuple(values)) if 1 < len(values) <= MOST_VALUES else None


def _range(field: str, low: Any, high: Any) -> Facet | None:
    try:
        low, high = float(low), float(high)
    except (OverflowError, TypeError, ValueError):  # an integer of 400 digits; numbers and words that have no order
        return None
    return Facet(field, "range", low, high) if 0 < high - low < inf else None


def _is_day(value: Any) -> bool:
    if not (isinstance(value, str) and _DAY.match(value)):
        return False
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True
