import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.errors import SettingsError
from qa_system.stores.analysis import LANGUAGES, spaced, words_analyzer


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_offered_has_an_analyzer(language: str) -> None:
    assert words_analyzer(language).analyze("Hello 123")


def test_another_language_is_refused_with_the_list_of_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"'klingon'.*english.*german"):
        words_analyzer("klingon")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Batteries", ["batteri"]),
        ("battery", ["batteri"]),
        ("CAFÉ naïve", ["cafe", "naiv"]),
        ("USB-C 3.5mm", ["usb", "c", "3", "5mm"]),
        ("电池很好", ["电", "池", "很", "好"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("great👍👎!", ["great", "👍", "👎"]),
        ('+a -b "c AND d" content:*~', ["a", "b", "c", "and", "d", "content"]),
        ("?! … --", []),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_analyzer("english").analyze(spaced(text)) == words


def test_the_stemmer_is_that_of_the_language() -> None:
    assert words_analyzer("german").analyze("Häuser") == words_analyzer("german").analyze("hauses")
    assert words_analyzer("english").analyze("Häuser") != words_analyzer("english").analyze("hauses")


@given(st.text(st.characters()))
def test_any_text_can_be_analysed(text: str) -> None:
    words_analyzer("english").analyze(spaced(text))
    spaced(text).encode()


@given(st.text(st.characters(codec="ascii")))
def test_plain_text_has_the_words_that_any_text_has(text: str) -> None:
    assert spaced(text).split() == spaced(text + "é").removesuffix("é").split()
