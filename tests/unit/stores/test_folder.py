import json
from pathlib import Path

import pytest

from qa_system.errors import StoreError
from qa_system.stores.folder import FORMAT, check_folder, create_folder, read_language, require_store, stores_beside


def test_a_folder_made_can_be_read_and_making_it_again_changes_nothing(tmp_path: Path) -> None:
    store = tmp_path / "deep" / "store"
    create_folder(store, "german")
    before = (store / "store.json").stat().st_mtime_ns
    create_folder(store, "german")
    assert read_language(store) == "german"
    assert [file.name for file in store.iterdir()] == ["store.json"]
    assert (store / "store.json").stat().st_mtime_ns == before
    check_folder(store, "german")
    require_store(store)


@pytest.mark.parametrize("names", [[], [".DS_Store", ".store.json.4711"]])
def test_an_empty_folder_can_become_a_store(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    check_folder(tmp_path, "english")


def test_a_file_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.touch()
    for check in (lambda: check_folder(path, "english"), lambda: require_store(path)):
        with pytest.raises(StoreError, match=r"reviews\.csv is a file"):
            check()


def test_a_folder_of_something_else_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(StoreError, match=r"no store\.json, but holds holiday\.jpg"):
        check_folder(tmp_path, "english")


def test_another_language_is_named_with_the_stored_one(tmp_path: Path) -> None:
    create_folder(tmp_path, "german")
    with pytest.raises(
        StoreError, match=r"'german', not 'english'.*Leave the language out \(`--language`.*another folder"
    ):
        check_folder(tmp_path, "english")


@pytest.mark.parametrize(("stored", "advice"), [(FORMAT + 1, "Update qa-system"), (FORMAT - 1, "Index the reviews")])
def test_another_format_is_named_with_what_to_do(tmp_path: Path, stored: int, advice: str) -> None:
    content = {"format": stored, "language": "english", "created_by": "qa-system 9.9"}
    (tmp_path / "store.json").write_text(json.dumps(content))
    with pytest.raises(StoreError, match=rf"format {stored}, made by qa-system 9\.9.*{advice}"):
        read_language(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"format": 1}',
        b'{"format": "x", "language": "", "created_by": ""}',
        b'{"format": 1, "language": "klingon", "created_by": ""}',
        b'{"format": 1, "language": ["x"], "created_by": ""}',
        b"\xff\xfe",
    ],
)
def test_a_damaged_manifest_is_said_to_be_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "store.json").write_bytes(content)
    with pytest.raises(StoreError, match=r"store\.json is damaged"):
        read_language(tmp_path)


def test_a_missing_store_is_told_with_those_near_it_and_the_command(tmp_path: Path) -> None:
    create_folder(tmp_path / "phones.qa", "english")
    with pytest.raises(StoreError, match=r"(?s)no store at .*fones\.qa.*phones\.qa.*qa index SOURCE --store"):
        require_store(tmp_path / "fones.qa")


def test_a_missing_store_with_none_near_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no store at .*nowhere/store\. To make one"):
        require_store(tmp_path / "nowhere" / "store")


def test_stores_beside_a_path_that_may_not_exist(tmp_path: Path) -> None:
    for name in ("b.qa", "a.qa"):
        create_folder(tmp_path / name, "english")
    (tmp_path / "notes").mkdir()
    assert stores_beside(tmp_path / "none.qa") == [tmp_path / "a.qa", tmp_path / "b.qa"]
    assert stores_beside(tmp_path / "nowhere" / "none.qa") == []
