import pytest

from qa_system.errors import SourceError
from qa_system.sources import detect_format, read_reviews

OLD = {
    "reviewerID": "A2SUAM1J3GNN3B",
    "asin": "0000013714",
    "reviewerName": "J. McDonald",
    "helpful": [2, 3],
    "vote": "1,234",
    "verified": True,
    "style": {"Format:": " Hardcover"},
    "reviewText": "I bought this for my husband.",
    "overall": 5.0,
    "summary": "Heavenly Highway Hymns",
    "unixReviewTime": 1252800000,
    "reviewTime": "09 13, 2009",
}
NEW = {
    "sort_timestamp": 1634275259292,
    "rating": 3.0,
    "helpful_votes": 0,
    "title": "Meh",
    "text": "These were lightweight and soft but much too small.",
    "images": [],
    "asin": "B07DJWBYKP",
    "parent_asin": "B07DK1H3H5",
    "user_id": "AH2IFH762VY5U",
    "verified_purchase": True,
    "helpful_vote": 7,
    "timestamp": 1634275259292,
}


@pytest.mark.parametrize("name", ["Music.json", "Music.json.gz"])
def test_the_editions_of_2014_and_2018(write_jsonl, name: str) -> None:
    path = write_jsonl(name, OLD)
    assert detect_format(path) == "amazon"
    (review,) = read_reviews(path)
    assert review.content == OLD["reviewText"]
    assert review.meta == {
        "item_id": "0000013714",
        "review_id": review.id,
        "rating": 5.0,
        "date": "2009-09-13",
        "title": "Heavenly Highway Hymns",
        "user_id": "A2SUAM1J3GNN3B",
        "helpful_vote": 1234,
        "verified_purchase": True,
        "reviewerName": "J. McDonald",
        "reviewTime": "09 13, 2009",
    }


def test_the_edition_of_2023(write_jsonl) -> None:
    path = write_jsonl("Gift_Cards.jsonl", NEW)
    assert detect_format(path) == "amazon"
    (review,) = read_reviews(path)
    assert review.content == NEW["text"]
    known = {"item_id": "B07DK1H3H5", "rating": 3.0, "date": "2021-10-15", "title": "Meh", "helpful_vote": 7}
    assert known.items() <= review.meta.items()
    assert review.meta["asin"] == "B07DJWBYKP"


def test_without_parent_the_product_is_the_item(write_jsonl) -> None:
    (review,) = read_reviews(write_jsonl("r.jsonl", NEW | {"parent_asin": None}))
    assert review.meta["item_id"] == "B07DJWBYKP"


def test_the_same_words_at_another_time_are_another_review(write_jsonl) -> None:
    again = NEW | {"timestamp": NEW["timestamp"] + 1}
    first, same, later = read_reviews(write_jsonl("r.jsonl", NEW, NEW | {"helpful_vote": 8}, again))
    assert first.id == same.id != later.id


def test_a_row_without_text_is_rejected(write_jsonl, rejected) -> None:
    wordless = {name: value for name, value in OLD.items() if name != "reviewText"}
    path = write_jsonl("r.json", wordless, OLD)
    assert len(list(read_reviews(path, on_reject=rejected.append))) == 1
    assert str(rejected[0]) == f"{path}:1: text is missing or empty"


def test_a_mapping_is_refused(write_jsonl) -> None:
    with pytest.raises(SourceError, match="columns are known: leave out --map"):
        read_reviews(write_jsonl("r.json", OLD), mapping={"item_id": "asin"})
