from hypothesis import given
from hypothesis import strategies as st

from qa_system.consensus.copies import originals

LONG = (
    "I bought these headphones for my commute and they have served me well for almost a year now, the bass is deep, "
    "the battery lasts for days and the case fits in the smallest pocket of my coat."
)


def test_spam_is_one_review() -> None:
    spam = [f"{LONG} Buy number {number}!" for number in range(500)]
    assert originals(spam) == [0] * 500
    assert originals(["Buy now! Best ever!!"] * 500) == [0] * 500


def test_case_and_punctuation_do_not_count() -> None:
    assert originals(["Great bass.", "GREAT BASS", "great -- bass!", "great treble"]) == [0, 0, 0, 3]


def test_an_edited_copy_is_a_copy() -> None:
    edited = LONG.replace("almost a year", "nearly two years")
    assert originals(["something else entirely", LONG, edited]) == [0, 1, 1]


def test_reviews_that_say_the_same_in_other_words_are_no_copies() -> None:
    assert originals(["The bass is really very good indeed", "Really very good bass, I have to say", LONG]) == [0, 1, 2]


def test_texts_without_words_are_nobodys_copies() -> None:
    assert originals(["", "🔥🔥", "", "!!!"]) == [0, 1, 2, 3]
    assert originals([]) == []


@given(st.lists(st.text(alphabet="ab \n.", max_size=30), max_size=12))
def test_each_is_a_copy_of_one_that_is_none(texts: list[str]) -> None:
    first = originals(texts)
    assert all(first[index] == index <= position for position, index in enumerate(first))
