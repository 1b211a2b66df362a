"""Every label is looked for in the review it was marked in."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from haystack import Document
from hypothesis import given
from hypothesis import strategies as st

from qa_system.errors import QueryError, SourceError
from qa_system.eval.grounding import checked, right_reviews
from qa_system.records import Label, Question

STORED = {
    "a": {"1": "The bass is deep.", "2": "No idea, it was a present."},
    "b": {"1": "Loud."},
}
DEEP = Label("1", "deep", 12, 16)


def reviews_of(item_id: str) -> Sequence[Document]:
    if item_id not in STORED:
        raise QueryError(f"No reviews of item {item_id!r}.")
    return [
        Document(id=id_, content=text, meta={"item_id": item_id, "review_id": id_})
        for id_, text in STORED[item_id].items()
    ]


def question(*labels: Label, item: str | None = "a", context: str | None = None) -> Question:
    return Question("q", "How is the bass?", item, labels, context)


def ids(reviews: Sequence[Document]) -> list[str]:
    return [review.meta["review_id"] for review in reviews]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (question(DEEP, Label("2")), ["1"]),
        (question(Label("2")), ["2"]),
        (question(), ["1", "2"]),
    ],
)
def test_the_right_reviews_are_the_answering_else_the_judged_else_all(asked: Question, expected: list[str]) -> None:
    assert ids(right_reviews(asked, reviews_of)) == expected


def test_a_question_reads_the_review_it_brings_along() -> None:
    (review,) = right_reviews(question(DEEP, context="The bass is deep."), reviews_of)
    assert review.content == "The bass is deep."
    assert review.meta == {"item_id": "a", "review_id": "1"}


def test_checking_tells_the_size_of_reviews_and_item() -> None:
    asked = [question(DEEP, Label("2")), question(), question(DEEP, context="The bass is deep.")]
    assert [dict(found.meta) for found in checked(asked, reviews_of)] == [
        {"review_words": 4.0, "item_reviews": 2},
        {"review_words": 5.0, "item_reviews": 2},
        {"review_words": 4.0},
    ]


def test_each_item_is_looked_up_once_and_only_where_needed() -> None:
    looked_up = []

    def counted(item_id: str) -> Sequence[Document]:
        looked_up.append(item_id)
        return reviews_of(item_id)

    one, other = question(DEEP), question(Label("1", "Loud", 0, 4), item="b")
    with_context = question(DEEP, item="c", context="The bass is deep.")
    found = checked([one, other, with_context, one, other], counted)
    assert [each.item_id for each in found] == ["a", "b", "c", "a", "b"]
    assert sorted(looked_up) == ["a", "b"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (question(DEEP, item="z"), "no review of item 'z' is stored"),
        (question(DEEP, item=None), "it names no item"),
        (question(replace(DEEP, review_id="9")), "on review '9', which is not there"),
        (question(replace(DEEP, text="dark")), "reads 'dark', and review '1' has 'deep' there"),
        (question(replace(DEEP, end=99)), "at 12 to 99 of review '1', which has 17 characters"),
        (question(Label("1", "", 3, 3)), "at 3 to 3 of review '1'"),
        (question(DEEP, context="Deep."), "at 12 to 16 of review '1', which has 5 characters"),
    ],
)
def test_what_does_not_match_is_told(wrong: Question, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        checked([question(DEEP), wrong], reviews_of)
    assert str(caught.value).startswith("1 of 2 questions do not match")
    assert "--store" in str(caught.value)


def test_many_faults_are_counted_and_the_first_shown_in_the_order_of_the_data() -> None:
    wrong = [replace(question(DEEP, item=item), id=f"q{number}") for number, item in enumerate("zyzyz")]
    with pytest.raises(SourceError, match=r"5 of 5(.|\n)*q0: (.|\n)*q1: (.|\n)*q2: (.|\n)*2 more"):
        checked(wrong, reviews_of)


@given(st.text(min_size=1), st.data())
def test_a_label_made_from_a_review_is_never_refused(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    asked = question(Label("1", text[start:end], start, end), context=text)
    assert checked([asked], reviews_of)[0].labels == asked.labels
