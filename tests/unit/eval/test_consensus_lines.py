"""Lines of made-up summaries, held against the reviews that they quote."""

import math

import pytest
from haystack import Document, ExtractedAnswer

from qa_system.aspects.records import AspectLine, Summary
from qa_system.eval.consensus_lines import (
    BY_STARS,
    MEASURES,
    Line,
    Quote,
    judged_places,
    lines_of,
    per_line,
    scored,
)
from qa_system.eval.consensus_report import line_section, line_summary
from qa_system.eval.report.markdown import markdown
from qa_system.records import Label, Question, Side

TEXTS = {
    ("bag", "r1"): "The straps are soft. Great zip!",
    ("bag", "r2"): "Horrible strap, and it squeaks.",
    ("bag", "r3"): "Nice colour.",
}
ALL_RIGHT = {"lines supported": 1.0, "quotes in place": 1.0, "quotes that name it": 1.0}


def quote(review: str, text: str, *, shift: int = 0, stars: float | None = None) -> Quote:
    start = TEXTS["bag", review].index(text) + shift
    return Quote(("bag", review), start, start + len(text), text, stars)


def line(*quotes: Quote, stance: str = "positive", words: tuple[str, ...] = ("strap", "shoulder strap")) -> Line:
    return Line("bag", words, stance, quotes)


def labelled(review: str, text: str, side: str, question: str = "Is the strap soft?", **meta: str) -> Question:
    start = TEXTS["bag", review].index(text)
    return Question(
        "q",
        question,
        "bag",
        (Label(review, text, start, start + len(text), side=side),),
        meta={"favourable": "yes", **meta},
    )


def marks(one: Line, *questions: Question) -> dict[str, float]:
    values = per_line([one], TEXTS, judged_places(questions, "english"), "english")
    assert values.keys() == MEASURES.keys()
    return {name: float(found[0]) for name, found in values.items() if not math.isnan(found[0])}


def test_a_line_that_its_place_supports() -> None:
    assert marks(line(quote("r1", "The straps are soft."))) == ALL_RIGHT


@pytest.mark.parametrize(
    ("one", "measure"),
    [
        (line(quote("r1", "The straps are soft.", shift=1)), "quotes in place"),
        (line(quote("r1", "Great zip!")), "quotes that name it"),
        (line(Quote(("bag", "r9"), 0, 4, "Nice")), "quotes in place"),
    ],
)
def test_a_line_that_it_does_not(one: Line, measure: str) -> None:
    found = marks(one)
    assert (found["lines supported"], found[measure]) == (0, 0)


def test_a_review_that_is_counted_twice_supports_nothing() -> None:
    found = marks(line(quote("r1", "The straps are soft."), quote("r1", "The straps")))
    assert found == ALL_RIGHT | {"lines supported": 0}


@pytest.mark.parametrize(("stance", "right"), [("positive", 1), ("negative", 0)])
def test_a_label_at_the_place_tells_whether_the_side_is_right(stance: str, right: float) -> None:
    one = line(quote("r1", "The straps are soft.", stars=2), stance=stance)
    found = marks(one, labelled("r1", "straps are soft", "yes"))
    assert (found["quotes on the right side"], found["lines supported"], found[BY_STARS]) == (right, right, 0)


@pytest.mark.parametrize(
    "question",
    [
        labelled("r1", "Great zip!", "positive", "How is the zip?"),  # another aspect, and another place
        labelled("r1", "straps are soft", "neutral"),
        labelled("r2", "Horrible strap", "no"),
    ],
)
def test_other_labels_tell_nothing(question: Question) -> None:
    assert marks(line(quote("r1", "The straps are soft.")), question) == ALL_RIGHT


def test_labels_that_contradict_each_other_tell_nothing() -> None:
    questions = [labelled("r1", "straps are soft", side) for side in ("yes", "no")]
    assert marks(line(quote("r1", "The straps are soft.")), *questions) == ALL_RIGHT


def test_yes_may_speak_against_the_item() -> None:
    one = line(quote("r2", "Horrible strap, and it squeaks."), stance="negative")
    question = labelled("r2", "it squeaks", "yes", "Does the strap squeak?", favourable="no")
    assert marks(one, question)["quotes on the right side"] == 1


def answer(review: str, text: str, rating: float) -> ExtractedAnswer:
    whole = TEXTS["bag", review]
    start = whole.index(text)
    meta = {"item_id": "bag", "review_id": review, "rating": rating}
    return ExtractedAnswer(
        query="strap",
        score=0.9,
        data=text,
        document=Document(id=review, content=whole, meta=meta),
        document_offset=ExtractedAnswer.Span(start, start + len(text)),
    )


def test_summaries_are_measured_and_reported() -> None:
    praise = Side("positive", [answer("r1", "The straps are soft.", 5)])
    complaints = Side("negative", [answer("r2", "Horrible strap", 1)])
    colour = AspectLine(
        "colour", (), Side("positive", [answer("r3", "Nice colour.", 3)]), Side("negative", []), 1, 1, (0, 1)
    )
    summary = Summary("bag", (AspectLine("strap", ("straps",), praise, complaints, 2, 0.5, (0, 1)), colour), 3, 0)
    assert [(one.words, one.stance) for one in lines_of(summary)] == [
        (("strap", "straps"), "positive"),
        (("strap", "straps"), "negative"),
        (("colour",), "positive"),
    ]
    places = judged_places([labelled("r2", "Horrible strap", "positive")], "english")
    found = scored([summary], TEXTS, places, "english")
    assert (found.items, found.lines, found.judged) == (1, 3, 1)
    assert found.measures["lines supported"].value == pytest.approx(2 / 3)
    assert found.measures[BY_STARS].value == 0
    told = line_summary(found)
    assert told["measures"]["quotes on the right side"]["count"] == 1
    assert told["measures"]["quotes on the right side"]["low"] is None
    assert "1 items were summed up in 3 lines" in markdown([], further=[line_section(found)])


def test_nothing_to_sum_up() -> None:
    found = scored([Summary("bag", (), 0, 0)], TEXTS, {}, "english")
    assert (found.lines, found.measures["lines supported"].count) == (0, 0)
    assert line_summary(found)["measures"]["lines supported"]["value"] is None
