from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from qa_system.indexing.cleaning import clean
from qa_system.training.dense.pairs import drawn_pairs, pairs_of
from qa_system.training.dense.passages import Corpus, with_real_items
from qa_system.training.dense.recipe import DenseRecipe
from qa_system.training.mixture import Example

SHORT = DenseRecipe(passage_chars=100, passage_overlap=20)
FIRST = "The box is red. " * 5 + "The bass is deep. " + "It came in a box. " * 8
SECOND = "A cable was in it."


def example(context, *answers, question="How is it?", item=None, weight=1.0, source="toy"):
    extents = tuple((context.index(one), context.index(one) + len(one)) if one else None for one in answers)
    return Example(question, context, extents, "plain", Path(source), item, weight)


def test_the_positive_holds_the_answer():
    one = example(FIRST, "bass is deep", "came in a box", "")
    corpus = Corpus.of([example(SECOND, ""), one], SHORT)
    rows = corpus.positives(one)
    assert len(corpus.passages) > len(rows) == 2
    assert all(words in corpus.passages[row].text for words, row in zip(one.gold, rows, strict=True))
    assert [pair.answers for pair in pairs_of(one, corpus)] == [("bass is deep", "came in a box")] * 2


@given(st.text(st.sampled_from("ab .\n<&amp;é"), min_size=1, max_size=600), st.data())
def test_no_other_passage_holds_more_of_the_answer(context, data):
    start = data.draw(st.integers(0, len(context) - 1))
    end = data.draw(st.integers(start + 1, len(context)))
    one = Example("How?", context, ((start, end),), "plain", Path("toy"))
    corpus = Corpus.of([one], SHORT)
    assert all(len(passage.text) <= 100 for passage in corpus.passages)
    if not corpus.passages:
        assert corpus.positives(one) == []
        return
    (row,) = corpus.positives(one)
    words = clean(context).text[slice(*clean(context).span(start, end))]
    if any(words in passage.text for passage in corpus.passages) and len(words) <= 20:
        assert words in corpus.passages[row].text


def test_the_passages_of_an_item_lie_together():
    reviews = [example(f"{FIRST} {number}", "", item=f"item {number % 3}") for number in range(9)]
    rows = Corpus.of(reviews, SHORT).rows_by_item()
    assert sorted(rows) == ["item 0", "item 1", "item 2"]
    assert sorted(row for each in rows.values() for row in each) == list(range(sum(map(len, rows.values()))))


def test_a_review_that_several_are_about_is_cut_once():
    asked = [example(FIRST, "bass is deep", question=question) for question in ("How is it?", "Is it deep?")]
    assert len(Corpus.of(asked, SHORT).passages) == len(Corpus.of(asked[:1], SHORT).passages)


def test_what_all_of_a_source_name_is_no_item():
    same = [example(SECOND, "", item="toy", source="one"), example(FIRST, "", item="toy", source="one")]
    several = [example(SECOND, "", item=item, source="two") for item in ("x", "y")]
    assert [one.item_id for one in with_real_items(same + several)] == [None, None, "x", "y"]


def test_weights_say_how_often_a_question_is_drawn():
    reviews = [example(f"{SECOND} {number}", "cable", weight=weight) for weight in (2.0, 0.5) for number in range(100)]
    corpus = Corpus.of(reviews, SHORT)
    drawn = drawn_pairs(reviews, corpus, seed=0)
    assert 230 <= len(drawn) <= 270
    assert drawn == drawn_pairs(reviews, corpus, seed=0)
    assert all(drawn[place] == drawn[place + 1] for place in range(0, 200, 2))
