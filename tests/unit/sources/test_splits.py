from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from qa_system.records import Question
from qa_system.sources.splits import held_out, part_of


def question(context, **meta):
    return Question(id="q", text="How is it?", context=context, meta=meta)


def test_the_held_out_reviews_never_change():
    # Models in the field were trained by this split: whatever fails here would measure them on what they have seen.
    assert [number for number in range(50) if held_out(f"Review number {number}.")] == [
        17,
        22,
        26,
        28,
        38,
        41,
    ]


@given(st.lists(st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1), min_size=1))
def test_white_space_moves_no_review_to_another_part(words):
    assert part_of(question(" ".join(words))) == part_of(question("\n\t " + " \u00a0\n".join(words) + " "))


def test_a_tenth_is_held_out_and_a_twentieth_validates():
    parts = Counter(part_of(question(f"Review number {number}.")) for number in range(4000))
    assert 300 < parts["held_out"] < 500
    assert 120 < parts["validation"] < 280


@given(st.text())
def test_a_data_set_with_splits_gives_up_its_test_split_and_nothing_else(context):
    assert part_of(question(context, split="test")) == "held_out"
    assert part_of(question(context, split="train")) == part_of(question(context, split="dev")) != "held_out"
