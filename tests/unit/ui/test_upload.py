"""A visitor names a store, and never a place outside of the folder of stores."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.ui.upload import store_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("reviews of 2024.csv.gz", "reviews-of-2024.qa"),
        ("../../etc/passwd", "reviews.qa"),
        ("my store", "my-store.qa"),
        ("books.qa", "books.qa"),
        ("", "reviews.qa"),
        ("評論.csv", "reviews.qa"),
        ("<img src=x>.csv", "img-src-x.qa"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert store_name(text) == name


@given(st.text())
def test_a_name_is_one_visible_folder(text: str) -> None:
    name = store_name(text)
    assert Path(name).name == name
    assert name.isascii()
    assert name.endswith(".qa")
    assert not name.startswith(".")
    assert store_name(name) == name
