import pytest

from qa_system.records import Label, Question
from qa_system.sources.splits import part_of
from qa_system.training.opinions.parts import Parts, bare
from qa_system.training.opinions.sentences import around, sentences
from qa_system.training.opinions.statements import in_order, opinions_of, tagged

REVIEW = "The Bass is deep. My kids love it! The bass rattles, though."


def question(identifier, *answers, context=REVIEW):
    places = ((context.index(answer), answer) for answer in answers)
    labels = tuple(Label("r", answer, start, start + len(answer)) for start, answer in places)
    return Question(identifier, "How is the bass?", labels=labels or (Label("r"),), context=context)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two! Three", ["One.", "Two!", "Three"]),
        ('He said "no." Then left.', ['He said "no."', "Then left."]),
        ("3.5 stars\n\n - \nfine", ["3.5 stars", "fine"]),
        ("", []),
        ("...", []),
    ],
)
def test_texts_are_cut_into_sentences(text, found):
    assert [text[start:end] for start, end in sentences(text)] == found


def test_a_part_has_its_sentences_around_it():
    start, end = around(REVIEW, (12, 20))
    assert REVIEW[start:end] == "The Bass is deep. My kids love it!"
    assert around("...", (1, 2)) == (1, 2)


def test_an_opinion_has_its_term_where_it_is_said():
    (one,) = opinions_of([question("x-1|bass", "bass rattles", "rattles")])
    assert (one.term, one.phrase, one.text) == ("bass", "bass rattles", "The bass rattles, though.")
    assert one.place == (39, 43)
    assert one.abouts == ["bass", "How is the bass?"]


@pytest.mark.parametrize("identifier", ["x-1|cat|sound", "x-1|treble", "plain"])
def test_what_a_review_does_not_name_has_no_place(identifier):
    (one,) = opinions_of([question(identifier, "rattles")])
    assert one.place is None
    assert tagged([one]) == []


def test_questions_without_an_answer_say_nothing():
    assert opinions_of([question("x|bass")]) == []


def test_another_place_of_an_aspect_may_be_one():
    (text,) = tagged(list(in_order(opinions_of([question("x|bass", "rattles"), question("x|kids", "love it")]))))
    assert [REVIEW[slice(*place)] for place in text.aspects] == ["kids", "bass"]
    assert [REVIEW[slice(*place)] for place in text.unsure] == ["Bass"]


def test_texts_that_differ_in_spelling_have_one_part():
    texts = [f"Review {number} is here ." for number in range(300)]
    measured = next(text for text in texts if part_of(Question("", "", context=text)) == "held_out")
    other = next(
        spelt
        for stops in range(200)
        if part_of(Question("", "", context=(spelt := measured.replace(" .", "!" * stops)))) == "train"
    )
    parts = Parts([Question("", "", context=text) for text in (other, measured)])
    assert bare(other) == bare(measured)
    assert parts.of(other) == parts.of(measured) == "held_out"
