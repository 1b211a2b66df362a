"""Questions are chosen, pooled and told apart."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.errors import SettingsError, SourceError
from qa_system.eval.dataset import fingerprint, labelled, pooled, sampled, select
from qa_system.records import Label, Question

TEXTS = st.sampled_from(["How is the bass?", "how  is the BASS?", "Is it loud?", " Is it loud? "])
LABELS = st.lists(st.builds(Label, st.sampled_from("123")), max_size=3).map(tuple)
QUESTIONS = st.lists(
    st.tuples(TEXTS, st.sampled_from(["a", "b", None]), LABELS, st.dictionaries(st.sampled_from("xy"), st.booleans())),
    max_size=12,
).map(
    lambda rows: [
        Question(str(number), text, item, labels, context="A review.", meta=meta)
        for number, (text, item, labels, meta) in enumerate(rows)
    ]
)


def in_split(id_: str, split: str | None) -> Question:
    return Question(id_, "Is it loud?", "a", (Label("1"),), meta={} if split is None else {"split": split})


def test_a_split_is_selected_in_order() -> None:
    questions = [in_split("1", "dev"), in_split("2", "test"), in_split("3", "dev")]
    assert [question.id for question in select(questions, split="dev")] == ["1", "3"]
    assert select(iter(questions)) == questions


def test_what_is_held_out_from_training_is_a_split_where_the_data_name_none() -> None:
    questions = [Question(str(number), "How?", context=f"Review number {number}.") for number in range(30)]
    assert [question.id for question in select(questions, split="held_out")] == ["17", "22", "26", "28"]


def test_a_test_split_is_what_is_held_out() -> None:
    questions = [Question(split, "How?", context="Fine.", meta={"split": split}) for split in ("train", "test")]
    assert [question.id for question in select(questions, split="held_out")] == ["test"]


def test_an_unknown_split_is_told_with_those_there_are() -> None:
    with pytest.raises(SourceError, match=r"No question is of the split 'tset'\. The splits are dev \(2\), test \(1\)"):
        select([in_split("1", "dev"), in_split("2", "test"), in_split("3", "dev")], split="tset")
    with pytest.raises(SourceError, match="name no splits"):
        select([in_split("1", None)], split="test")
    with pytest.raises(SourceError, match="There are no questions"):
        select([])


def test_an_id_of_two_questions_is_refused_unless_a_split_tells_them_apart() -> None:
    questions = [in_split("1", "train"), in_split("1", "dev")]
    with pytest.raises(SourceError, match=r"1 question ids .*'1'.*train \(1\), dev \(1\).*--split"):
        select(questions)
    assert len(select(questions, split="dev")) == 1


def test_only_what_was_judged_is_labelled() -> None:
    marked, found_nothing = in_split("1", "dev"), in_split("2", "dev")
    unlabelled = replace(marked, id="3", labels=())
    unanswerable = replace(unlabelled, id="4", meta={"answerable": False})
    assert labelled([marked, unlabelled, found_nothing, unanswerable]) == ([marked, found_nothing, unanswerable], 1)
    with pytest.raises(SourceError, match="None of the 1 questions is labelled"):
        labelled([unlabelled])


@given(QUESTIONS)
def test_pooling_loses_no_label_and_asks_nothing_twice(questions: list[Question]) -> None:
    pools = pooled(questions)
    asked = [(question.item_id, " ".join(question.text.split()).casefold()) for question in pools]
    assert len(asked) == len(set(asked))
    assert {question.id for question in pools} <= {question.id for question in questions}
    assert sorted(repr((question.item_id, label)) for question in pools for label in question.labels) == sorted(
        repr((question.item_id, label)) for question in questions for label in question.labels
    )
    assert pooled(pools) == pools


def test_a_pool_says_only_what_its_questions_agree_on() -> None:
    first = Question("1", "Is it loud?", "a", (Label("1"),), "x", {"domain": "tv", "is_subjective": True, "kind": "f"})
    second = Question("2", "is it  loud?", "a", (Label("2"),), "y", {"domain": "tv", "is_subjective": False})
    assert pooled([first, second]) == [
        Question("1", "Is it loud?", "a", (Label("1"), Label("2")), None, {"domain": "tv"})
    ]


@given(QUESTIONS, st.integers(1, 15), st.integers(0, 5))
def test_a_sample_is_as_large_as_asked_in_order_and_the_same_each_time(
    questions: list[Question], limit: int, seed: int
) -> None:
    drawn = sampled(questions, limit, seed=seed)
    assert len(drawn) == min(limit, len(questions))
    assert [question for question in questions if question in drawn] == drawn
    assert sampled(questions, limit, seed=seed) == drawn
    assert sampled(questions, None) == questions


def test_another_seed_draws_others_and_no_question_is_no_limit() -> None:
    questions = [in_split(str(number), "dev") for number in range(50)]
    assert len({fingerprint(sampled(questions, 10, seed=seed)) for seed in range(5)}) == 5
    with pytest.raises(SettingsError, match="--limit is 0"):
        sampled(questions, 0)


@pytest.mark.parametrize(
    "change",
    [{"id": "2"}, {"text": "Is it?"}, {"item_id": "b"}, {"item_id": None}, {"context": "x"}, {"labels": (Label("2"),)}],
)
def test_a_fingerprint_tells_questions_apart(change: dict) -> None:
    question = in_split("1", "dev")
    assert fingerprint([question]) != fingerprint([replace(question, **change)])
    assert fingerprint([question]) == fingerprint([replace(question, meta={"review_words": 3.0})])
