"""Questions fall into groups, and none is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.eval.breakdowns import BREAKDOWNS, breakdowns, question_word, review_words
from qa_system.records import Label, Question


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("how", "How is the bass?"),
        ("how", "For how long does it last?"),
        ("what", "what's in the box"),
        ("which", "In which colours is it sold?"),
        ("who", "Whose fault is it?"),
        ("who", "To whom would you give it?"),
        ("yes-no", "Is it what I need?"),
        ("yes-no", " Doesn't it rattle?"),
        ("yes-no", "Won\u2019t it fall?"),
        ("yes-no", "Can't it be charged?"),
        ("none", "Island in the kitchen?"),
        ("none", "Somehow good"),
        ("none", ""),
    ],
)
def test_question_words(word: str, text: str) -> None:
    assert question_word(Question("q", text)) == word


def test_the_review_at_hand_is_counted() -> None:
    assert review_words(Question("q", "?", context="one two  three\n")) == 3
    assert review_words(Question("q", "?", meta={"review_words": 4.5})) == 4.5
    assert review_words(Question("q", "?")) is None


@pytest.mark.parametrize(
    ("group", "reviews"), [("1", 1), ("2-5", 2), ("2-5", 5), ("6-20", 6), ("6-20", 20), ("over 20", 21)]
)
def test_sizes_of_items(group: str, reviews: int) -> None:
    assert BREAKDOWNS["item size"].group_of(Question("q", "?", meta={"item_reviews": reviews})) == group


def asked(number: int, **meta: object) -> Question:
    return Question(f"q{number}", "How is it?", f"i{number}", meta=meta)


def test_groups_have_their_own_means() -> None:
    questions = [asked(number, item_reviews=30 if number < 6 else 1) for number in range(16)]
    found = breakdowns(questions, {"F1": np.array([1.0] * 6 + [0.5] * 10)})
    assert list(found) == ["item size"]
    assert {group: (means["F1"].value, means["F1"].count) for group, means in found["item size"].items()} == {
        "1": (0.5, 10),
        "over 20": (1.0, 6),
    }
    assert list(found["item size"]) == ["1", "over 20"]


def test_small_groups_are_put_together_unless_there_is_only_one() -> None:
    kinds = ["a"] * 5 + ["b"] * 4 + ["c"] + [None]
    found = breakdowns([asked(number, kind=kind) for number, kind in enumerate(kinds)], {"F1": np.ones(11)})
    assert {group: means["F1"].count for group, means in found["kind"].items()} == {"a": 5, "other": 6}
    found = breakdowns([asked(number, kind=kind) for number, kind in enumerate(kinds[:9])], {"F1": np.ones(9)})
    assert {group: means["F1"].count for group, means in found["kind"].items()} == {"a": 5, "b": 4}


def test_what_is_not_measured_is_in_no_group() -> None:
    questions = [asked(number, domain="d" if number < 5 else "e") for number in range(10)]
    values = np.array([np.nan] * 5 + [1.0] * 5)
    assert breakdowns(questions, {"R@1": values}) == {}
    assert breakdowns(questions, {"R@1": values, "F1": np.ones(10)})["domain"]["d"]["R@1"].count == 0


@given(
    st.lists(
        st.builds(
            lambda text, kind, size, label: Question(
                text, text, text, (label,), meta={"kind": kind, "item_reviews": size, "is_subjective": kind is None}
            ),
            st.sampled_from(["How is it?", "Is it?", "What is it made of, and what is it for, if I may ask?", "Eh"]),
            st.sampled_from(["x", "y", "z", None]),
            st.none() | st.integers(1, 50),
            st.sampled_from([Label("r"), Label("r", "it", 0, 2)]),
        ),
        max_size=30,
    )
)
def test_every_question_is_in_exactly_one_group(questions: list[Question]) -> None:
    found = breakdowns(questions, {"F1": np.ones(len(questions))})
    assert [sum(means["F1"].count for means in groups.values()) for groups in found.values()] == [
        len(questions) for _ in found
    ]
