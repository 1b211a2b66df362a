import gzip
import json

import pytest

from qa_system.errors import SourceError
from qa_system.sources import read_reviews

GOOD = {"item_id": "B01", "text": "Works well", "review_id": "r1"}


def test_well_known_names_need_no_mapping(write_jsonl) -> None:
    row = {"asin": "B01", "reviewText": "Fine", "stars": "4", "Review Date": "2020-02-03", "brand": "Acme", "pics": []}
    (review,) = read_reviews(write_jsonl("reviews.jsonl", row))
    assert review.content == "Fine"
    assert review.meta == {
        "item_id": "B01",
        "review_id": review.id,
        "rating": 4.0,
        "date": "2020-02-03",
        "brand": "Acme",
    }


def test_a_mapping_wins_over_well_known_names(write_jsonl) -> None:
    row = {"sku": "S1", "body": "Mapped", "text": "not this", "item_id": "nor this"}
    path = write_jsonl("reviews.jsonl", row)
    (review,) = read_reviews(path, mapping={"text": "body", "item_id": "sku"})
    assert (review.content, review.meta["item_id"]) == ("Mapped", "S1")


def test_a_missing_column_lists_those_found_and_shows_the_flag(write_jsonl) -> None:
    with pytest.raises(SourceError, match=r"item_id. Columns found: text, sku. Say which: --map item_id=COLUMN"):
        list(read_reviews(write_jsonl("reviews.jsonl", {"text": "a", "sku": "b"})))


def test_a_mapped_column_that_does_not_exist_is_an_error(write_jsonl) -> None:
    with pytest.raises(SourceError, match=r"no column 'boddy' for text. Columns found: item_id, text, review_id"):
        list(read_reviews(write_jsonl("reviews.jsonl", GOOD), mapping={"text": "boddy"}))


def test_a_field_that_cannot_be_mapped_is_an_error(write_jsonl) -> None:
    with pytest.raises(SourceError, match=r"--map has no field txt. Fields of jsonl: text, item_id"):
        read_reviews(write_jsonl("reviews.jsonl", GOOD), mapping={"txt": "text"})


def test_a_key_may_be_absent_from_the_first_row(write_jsonl, rejected) -> None:
    path = write_jsonl("reviews.jsonl", {"text": "nameless"}, GOOD)
    assert [review.id for review in read_reviews(path, on_reject=rejected.append)] == ["r1"]
    assert [str(rejection) for rejection in rejected] == [f"{path}:1: item_id is missing or empty"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"item_id": "B01", "text": "cut', "not JSON"),
        (b'{"item_id": "B01", "text": "caf\xe9"}', "not UTF-8: byte 32 of the line is 0xe9"),
        (b'["B01", "text"]', "not a JSON object but a list"),
        (b"[" * 100_000, "not JSON"),
        (b'{"item_id": "B01", "text": 5}', "text is of type int, not a string"),
        (b'{"item_id": "B01", "text": "  "}', "text is blank"),
        (b'{"item_id": "B01", "text": ""}', "text is missing or empty"),
        (b'{"item_id": "B01"}', "text is missing or empty"),
        (b'{"item_id": ["B01"], "text": "ok"}', "item_id is"),
        (b'{"item_id": "B01", "text": "half \\ud83d"}', "surrogate"),
        (b'{"item_id": "B01", "text": "ok", "title": "\\ud83d"}', "surrogate"),
        (b'{"item_id": "B01", "text": "nul \x00"}', "not JSON"),
    ],
)
def test_a_broken_row_is_rejected_and_the_rest_goes_on(write, rejected, line: bytes, reason: str) -> None:
    good = json.dumps(GOOD).encode()
    path = write("reviews.jsonl", b"\n".join([good, b"", line, good]))
    assert [review.id for review in read_reviews(path, on_reject=rejected.append)] == ["r1", "r1"]
    (rejection,) = rejected
    assert (rejection.path, rejection.line) == (path, 3)
    assert reason in rejection.reason


def test_a_review_of_a_million_characters_is_read_whole(write_jsonl) -> None:
    text = "Very long. " * 100_000
    (review,) = read_reviews(write_jsonl("reviews.jsonl", GOOD | {"text": text}))
    assert review.content == text


def test_a_truncated_gzip_keeps_its_rows_and_names_the_line(write, rejected) -> None:
    rows = "".join(json.dumps(GOOD | {"review_id": f"r{number}"}) + "\n" for number in range(20_000))
    whole = gzip.compress(rows.encode())
    path = write("reviews.jsonl", whole[: len(whole) // 2])
    kept = [review.id for review in read_reviews(path, on_reject=rejected.append)]
    assert kept == [f"r{number}" for number in range(len(kept))]
    assert len(kept) > 1000
    assert [rejection.line for rejection in rejected] == [len(kept) + 1]
