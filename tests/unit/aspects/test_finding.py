"""A search for a product: its question, its kind, its candidates, their order."""

import pytest
from haystack import Document, ExtractedAnswer

from qa_system import FoundItem
from qa_system.aspects.finding import asked_of_each, found_item, kind_of_product, likely_items, ranked
from qa_system.records import Consensus, Side, Stance


@pytest.mark.parametrize(
    ("query", "question"),
    [
        ("a quiet fridge", "Is it a quiet fridge?"),
        ("A quiet fridge!", "Is it a quiet fridge?"),
        ("USB hub", "Is it USB hub?"),
        ("Does it run quietly?", "Does it run quietly?"),
        ("Which fridge is quiet?", "Is it quiet?"),
        ("which headphones have good bass", "Does it have good bass?"),
        ("How quiet is it?", "How quiet is it?"),
    ],
)
def test_what_is_looked_for_becomes_a_question(query: str, question: str) -> None:
    assert asked_of_each(query) == question


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("a quiet fridge for a small kitchen", "fridge"),
        ("waterproof hiking backpack", "backpack"),
        ("headphones with good bass", "headphones"),
        ("a kettle that does not drip", "kettle"),
        ("Which fridge is quiet?", "fridge"),
        ("something light to carry", ""),
        ("a gift for a child", ""),
        ("Does it run quietly?", ""),
        ("🙂", ""),
    ],
)
def test_the_kind_of_product_is_the_last_word_before_what_it_shall_be_like(query: str, kind: str) -> None:
    assert kind_of_product(query, "english") == kind


def test_kinds_of_products_are_known_in_english() -> None:
    assert kind_of_product("ein leiser Kühlschrank", "german") == ""


def test_items_that_speak_most_of_it_are_likeliest() -> None:
    passages = [Document(content=item, meta={"item_id": item}) for item in "abbbc"]
    assert list(likely_items(passages, most=2)) == ["b", "a"]
    assert likely_items(passages, most=3)["b"] is passages[1]
    assert likely_items([], most=3) == {}


def side(stance: Stance, count: int) -> Side:
    return Side(stance, [ExtractedAnswer(query="", score=0.9, data="so it is") for _ in range(count)])


def consensus(*sides: Side) -> Consensus:
    return Consensus("yes/no", sides, 0.5, (0, 1), 10, 0)


def test_two_of_two_stand_below_forty_of_forty_one() -> None:
    few = found_item("few", consensus(side("yes", 2)), reviews=2)
    many = found_item("many", consensus(side("yes", 40), side("no", 1), side("neutral", 3)), reviews=50)
    none = found_item("none", consensus(side("no", 3)), reviews=3)
    assert (many.supporting.support, many.opposing.support, many.score) == (40, 1, many.interval[0])
    assert (none.supporting, none.opposing.support) == (Side("yes", []), 3)
    assert [item.item_id for item in ranked([few, none, many], top_k=5)] == ["many", "few"]
    assert ranked([few, many], top_k=1) == [many]


def test_opinions_count_as_well() -> None:
    item = found_item(
        "a", Consensus("opinion", (side("positive", 2), side("negative", 1)), 0.6, (0, 1), 3, 0), reviews=3
    )
    assert isinstance(item, FoundItem)
    assert (item.supporting.support, item.opposing.stance, item.opposing.support) == (2, "negative", 1)
