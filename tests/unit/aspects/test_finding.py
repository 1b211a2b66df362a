"""A search for a product: its question, its kind, its candidates, their order."""

import pytest
from haystack import Document, ExtractedAnswer

from qa_system import FoundItem
from qa_system.aspects.finding import found_item, likely_items, ranked
from qa_system.aspects.wanted import wanted
from qa_system.records import Consensus, Side, Stance


@pytest.mark.parametrize(
    ("query", "question", "kind"),
    [
        ("a quiet fridge", "Is it quiet?", "fridge"),
        ("A quiet fridge for a small kitchen!", "Is it quiet for a small kitchen?", "fridge"),
        ("noise cancelling headphones", "Is it noise cancelling?", "headphones"),
        ("headphones with good bass", "Does it have good bass?", "headphones"),
        ("headphones that are good on a plane", "Is it good on a plane?", "headphones"),
        ("shoes for running", "Is it good for running?", "shoes"),
        ("a kettle that does not drip", "Is it a kettle that does not drip?", "kettle"),
        ("something light to carry", "Is it light to carry?", ""),
        ("a gift for a child", "Is it good for a child?", ""),
        ("kettle", "Is it kettle?", "kettle"),
        ("Which fridge is quiet?", "Is it quiet?", "fridge"),
        ("which headphones have good bass", "Does it have good bass?", "headphones"),
        ("Does it run quietly?", "Does it run quietly?", ""),
        ("How quiet is it?", "How quiet is it?", ""),
        ("🙂", "Is it 🙂?", ""),
    ],
)
def test_reviewers_are_asked_what_a_kind_of_product_is_like(query: str, question: str, kind: str) -> None:
    assert wanted(query, "english") == (question, kind)


def test_what_is_wanted_is_understood_in_english() -> None:
    assert wanted("ein leiser Kühlschrank", "german") == ("ein leiser Kühlschrank", "")


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
