import pytest

from qa_system.reading.style import style_of, styled

PREFIXES = {"opinion": "opinion: "}


@pytest.mark.parametrize("style", ["auto", "opinion", "plain"])
def test_a_model_without_styles_gets_the_question_as_it_is(style):
    assert styled("How is the bass?", style, {}) == "How is the bass?"


@pytest.mark.parametrize(
    "question",
    ["How is the bass?", "Is it worth it", "what about comfort?", "Does it smell when new?", "Whole day wearable?"],
)
def test_auto_asks_for_an_opinion(question):
    assert style_of(question, "auto") == "opinion"
    assert styled(question, "auto", PREFIXES) == f"opinion: {question}"


@pytest.mark.parametrize(
    "question", ["How many ports has it?", "WHO makes it", "so how long is the cable", "What size?"]
)
def test_auto_asks_for_a_fact(question):
    assert style_of(question, "auto") == "plain"
    assert styled(question, "auto", PREFIXES) == question


def test_a_style_chosen_overrides_the_words_of_the_question():
    assert style_of("How many ports has it?", "opinion") == "opinion"
    assert style_of("How is the bass?", "plain") == "plain"


def test_the_words_of_a_style_stand_before_the_question():
    assert styled("How is the bass?", "opinion", PREFIXES) == "opinion: How is the bass?"
    assert styled("How is the bass?", "plain", PREFIXES) == "How is the bass?"
