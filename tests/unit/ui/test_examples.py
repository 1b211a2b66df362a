"""Example questions come from the data."""

from qa_system.ui.examples import asked_before, made_from


def test_what_was_asked_most_often_comes_first() -> None:
    assert asked_before(["a?", "b?", "b?", "c?", "d?", "e?"]) == ["b?", "a?", "c?", "d?"]


def test_questions_are_made_of_what_reviews_speak_of() -> None:
    reviews = ["The screen is bright. The keys are soft.", "I like the SCREEN", "Keys! Screen!", "the weather was fine"]
    assert made_from(reviews) == ["How is the screen?", "How are the keys?"]


def test_what_names_no_part_makes_no_question() -> None:
    assert made_from(["The other is better.", "The other was worse, the other one"]) == []


def test_reviews_in_another_script_make_none() -> None:
    assert made_from(["低音很好", "هذا جيد جدا"]) == []
