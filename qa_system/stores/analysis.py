"""Text to words: the one way in which reviews are indexed and questions are read."""

from functools import lru_cache

import regex
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from qa_system.errors import SettingsError

LANGUAGES = (
    "arabic",
    "danish",
    "dutch",
    "english",
    "finnish",
    "french",
    "german",
    "greek",
    "hungarian",
    "italian",
    "norwegian",
    "portuguese",
    "romanian",
    "russian",
    "spanish",
    "swedish",
    "tamil",
    "turkish",
)

# Scripts written without spaces between words: each character is a word of its own, or a query could only find
# whole sentences. Emoji are words too: reviewers write them next to each other and inside text.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(
    rf"[\p{{L}}\p{{N}}\p{{M}}--[{_UNSPACED}]]+|[{_UNSPACED}[\p{{Extended_Pictographic}}--\p{{N}}]]", regex.V1
)
_ASCII_SEPARATORS = {code: " " for code in range(128) if not chr(code).isalnum()}
_LONGEST_WORD = 64


@lru_cache
def words_analyzer(language: str) -> TextAnalyzer:
    """
    Make the analyzer of a language: the words of `spaced` text, lower-cased, accents folded, stemmed.

    :param language: One of `LANGUAGES`; decides the stemmer only.
    :returns: The analyzer, the same object for the same language.
    :raises SettingsError: There is no stemmer for the language.
    """
    if language not in LANGUAGES:
        raise SettingsError(f"There is no stemmer for the language {language!r}. Supported: {', '.join(LANGUAGES)}.")
    builder = TextAnalyzerBuilder(Tokenizer.whitespace())
    for step in (Filter.remove_long(_LONGEST_WORD), Filter.lowercase(), Filter.ascii_fold(), Filter.stemmer(language)):
        builder = builder.filter(step)
    return builder.build()


def spaced(text: str) -> str:
    """
    Put spaces between the words of a text, and leave out what is none.

    Tantivy's own tokenizer by pattern finds the same words; it took half of the time that indexing took.

    :param text: Any Python string.
    :returns: Its words with spaces between them; it can be encoded as UTF-8.
    """
    return text.translate(_ASCII_SEPARATORS) if text.isascii() else " ".join(_WORD.findall(text))
