"""The pros and cons of a product as HTML: counts in words, quotes at their places, text of others as text."""

from haystack import Document, ExtractedAnswer
from hypothesis import given
from hypothesis import strategies as st

from qa_system import AspectLine, Side, Summary
from qa_system.ui import render_summary as render


def quotes(words: str, count: int) -> list[ExtractedAnswer]:
    return [
        ExtractedAnswer(
            query="battery",
            score=0.9,
            data=words,
            document=Document(id=f"{words}{number}", content=f"So. {words} Well.", meta={"review_id": f"R{number}"}),
            document_offset=ExtractedAnswer.Span(4, 4 + len(words)),
        )
        for number in range(count)
    ]


def line(aspect: str, praise: int, complaints: int, *terms: str, words: str = "The battery lasts.") -> AspectLine:
    share = praise / (praise + complaints)
    sides = Side("positive", quotes(words, praise)), Side("negative", quotes("It died.", complaints))
    return AspectLine(aspect, terms, *sides, praise + complaints, share, (0.0, 1.0))


def card(*lines: AspectLine, copies: int = 0) -> str:
    return render.summary_card(Summary("HP-100", lines, 16, copies))


def test_pros_cons_and_what_divides_stand_apart() -> None:
    html = card(line("battery", 5, 1), line("hinge", 0, 3), line("case", 2, 2))
    order = ("Praised", "battery", "Complained about", "hinge", "Divided", "case")
    places = [html.index(words) for words in order]
    assert places == sorted(places)
    assert "16 reviews" in html
    assert "Divided" not in card(line("battery", 5, 1))


def test_a_line_counts_both_sides_in_words_and_hides_its_bar_from_screen_readers() -> None:
    html = card(line("battery", 5, 1))
    summary = html[html.index("<summary>") : html.index("</summary>")]
    assert "5 praise, 1 complain" in summary
    assert 'aria-hidden="true"' in summary
    assert "width:83.33%" in summary
    assert "0 complain" not in card(line("battery", 5, 0))


def test_a_line_opens_to_the_quotes_of_the_leading_side_and_then_the_other() -> None:
    html = card(line("hinge", 1, 3, "hinges", "joint"))
    opened = html[html.index("</summary>") :]
    assert opened.index("3 complain") < opened.index("It died.") < opened.index("1 praise it")
    assert "<mark>It died.</mark>" in opened
    assert "also hinges, joint" in opened


def test_nothing_in_common() -> None:
    assert "praise nothing in common" in card()
    assert "2 of them copies" in card(copies=2)


def test_waiting_is_announced() -> None:
    assert 'role="status"' in render.waiting(16)
    assert "16 reviews" in render.waiting(16)


@given(st.text(max_size=80))
def test_nothing_of_others_is_taken_for_markup(text: str) -> None:
    evil = f"<script>{text}</script><img src=x onerror=y>"
    html = card(line(evil, 2, 1, evil, words=evil))
    assert "<script" not in html
    assert "<img" not in html
    assert "\n" not in html
