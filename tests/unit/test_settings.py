"""Settings: who wins, and what a mistake is told."""

from pathlib import Path

import pytest

from qa_system.errors import SettingsError
from qa_system.settings import load_settings, setting_names


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "qa.toml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def test_flags_win_over_environment_over_file_over_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().retrieval.top_k == 10
    write("[retrieval]\ntop_k = 20\nretriever = 'bm25'")
    assert load_settings().retrieval.top_k == 20
    monkeypatch.setenv("QA_RETRIEVAL__TOP_K", "30")
    assert load_settings().retrieval.top_k == 30
    settings = load_settings(overrides={"retrieval": {"top_k": 40}})
    assert (settings.retrieval.top_k, settings.retrieval.retriever) == (40, "bm25")


def test_an_override_of_none_says_nothing() -> None:
    assert load_settings(overrides={"retrieval": {"top_k": None}}).retrieval.top_k == 10


def test_a_named_file_is_read() -> None:
    assert load_settings(write("[reader]\ntop_k = 7", "other.toml")).reader.top_k == 7


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[retrieval]\ntopk = 3", ["retrieval.topk", "Did you mean retrieval.top_k?", "reader.model"]),
        ("[retreival]\ntop_k = 3", ["retreival", "retrieval.top_k"]),
        ("[retrieval]\ntop_k = 0", ["retrieval.top_k", "greater than or equal to 1", "0"]),
        ("[retrieval]\nretriever = 'bm52'", ["retrieval.retriever", "'hybrid'", "bm52"]),
        (
            "[indexing]\npassage_chars = 200\npassage_overlap = 150",
            ["indexing", "passage_overlap is 150", "at most half", "(100)"],
        ),
        ("store = 'reviews.qa'", ["store", "reviews.qa"]),
        ("[retrieval\n", ["qa.toml", "could not be read", "line 1"]),
    ],
)
def test_a_mistake_in_the_file_is_explained(text: str, says: list[str]) -> None:
    write(text)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert all(part in str(error.value) for part in says)


def test_all_mistakes_are_told_at_once() -> None:
    write("[retrieval]\ntopk = 3\n[reader]\ntop_k = 0")
    with pytest.raises(SettingsError, match=r"(?s)retrieval\.topk.*reader\.top_k"):
        load_settings()


def test_a_misspelt_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_RETRIEVAL__TOPK", "3")
    with pytest.raises(SettingsError, match=r"QA_RETRIEVAL__TOPK.*Did you mean QA_RETRIEVAL__TOP_K\?"):
        load_settings()


def test_variables_of_the_test_suite_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_TEST_SHARED", "/somewhere")
    load_settings()


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(SettingsError, match="no settings file"):
        load_settings(Path("missing.toml"))


def test_names_are_those_of_the_file() -> None:
    assert {"store.path", "retrieval.top_k", "reader.model"} <= set(setting_names())
