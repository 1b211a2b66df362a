"""What the command line writes for programs."""

import json
from math import inf, nan
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_system.console import show_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_shown_can_be_parsed(capsys: pytest.CaptureFixture[str], value: dict[str, Any]) -> None:
    show_json(value)

    def refused(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    assert json.loads(capsys.readouterr().out, parse_constant=refused).keys() == value.keys()


def test_what_json_has_no_number_for_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    show_json({"interval": (0.5, nan), "nested": {"high": inf, "count": 3}})
    assert json.loads(capsys.readouterr().out) == {"interval": [0.5, None], "nested": {"high": None, "count": 3}}
