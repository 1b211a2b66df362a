import csv

import pytest

from qa_system.errors import SourceError
from qa_system.sources import iter_reviews, read_reviews

HEADER = "item_id,review_id,text,rating\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["reviews.csv", "reviews.txt", "reviews.csv.gz"])
def test_delimiter_quotes_and_byte_order_mark(write, delimiter: str, name: str) -> None:
    rows = '\ufeff"item_id",review_id,text,rating,note\r\nB01,r1,"Two\r\nlines, ""quoted""; done",4,\r\n'
    header, body = rows.replace("B01,r1,", "B01\0r1\0").replace('",4,', '"\x004\0').split("\r\n", 1)
    path = write(name, header.replace(",", delimiter) + "\r\n" + body.replace("\0", delimiter))
    (review,) = read_reviews(path)
    assert review.content == 'Two\r\nlines, "quoted"; done'
    assert review.meta == {"item_id": "B01", "review_id": "r1", "rating": 4.0}


def test_a_review_knows_the_line_its_row_starts_on(write) -> None:
    path = write("reviews.csv", HEADER + 'B01,r1,"one\ntwo\nthree",4\nB01,r2,four,5\n')
    assert [(review.document.id, review.line) for review in iter_reviews(path)] == [("r1", 2), ("r2", 5)]


def test_well_known_names_of_a_published_table(write) -> None:
    rows = "Id,ProductId,UserId,Score,Time,Summary,Text\n1,B001E4KFG0,A3SG,5,1303862400,Good food,Bought several\n"
    (review,) = read_reviews(write("Reviews.csv", rows))
    assert review.meta == {
        "item_id": "B001E4KFG0",
        "review_id": "1",
        "rating": 5.0,
        "date": "2011-04-27",
        "title": "Good food",
        "UserId": "A3SG",
    }


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"B01,r2\n", "2 cells where the header has 4"),
        (b"B01,r2,a,b,5\n", "5 cells where the header has 4"),
        (b"B01,r2,caf\xe9,5\n", "not UTF-8: column text holds b'caf\\xe9'"),
        (b"B01,r2,,5\n", "text is missing or empty"),
        (b",r2,ok,5\n", "item_id is missing or empty"),
        (b'B01,r2,"the "best" one",5\n', "not CSV"),
    ],
)
def test_a_broken_row_is_rejected_and_the_rest_goes_on(write, rejected, row: bytes, reason: str) -> None:
    path = write("reviews.csv", HEADER.encode() + b"B01,r1,good,4\n" + row + b"B01,r3,good,4\n")
    assert [review.id for review in read_reviews(path, on_reject=rejected.append)] == ["r1", "r3"]
    (rejection,) = rejected
    assert (rejection.path, rejection.line) == (path, 3)
    assert reason in rejection.reason


@pytest.mark.parametrize("header", [b"item_id,te\xe9xt\n", b"item_id,text\rB01,ok\r", b"\n"])
def test_a_file_without_a_readable_header_is_a_source_error(write, header: bytes) -> None:
    with pytest.raises(SourceError, match="has no header of UTF-8 text"):
        list(read_reviews(write("reviews.csv", header + b"B01,ok\n"), format="csv"))


def test_a_quote_that_is_never_closed_says_how_far_it_reached(write, rejected) -> None:
    path = write("reviews.csv", HEADER + 'B01,r1,good,4\nB01,r2,"open,4\nB01,r3,lost,4\n')
    assert [review.id for review in read_reviews(path, on_reject=rejected.append)] == ["r1"]
    (rejection,) = rejected
    assert rejection.line == 3
    assert "up to line 4" in rejection.reason


def test_a_cell_beyond_the_limit_is_rejected_and_the_rest_goes_on(write, rejected, monkeypatch) -> None:
    monkeypatch.setattr("qa_system.sources.csv.LONGEST_CELL", 0)
    before = csv.field_size_limit(1000)
    try:
        path = write("reviews.csv", HEADER + f"B01,r1,{'x' * 1001},4\nB01,r2,good,4\n")
        assert [review.id for review in read_reviews(path, on_reject=rejected.append)] == ["r2"]
    finally:
        csv.field_size_limit(before)
    assert "field larger than field limit" in rejected[0].reason


def test_a_review_of_a_million_characters_is_read_whole(write) -> None:
    text = "Very long. " * 100_000
    (review,) = read_reviews(write("reviews.csv", f"{HEADER}B01,r1,{text},4\n"))
    assert review.content == text


def test_nul_bytes_are_text(write) -> None:
    (review,) = read_reviews(write("reviews.csv", HEADER + "B01,r1,a\0b,4\n"))
    assert review.content == "a\0b"


def test_a_missing_column_lists_those_found_and_shows_the_flag(write) -> None:
    path = write("reviews.csv", "sku,verdict\nS1,Nice\n")
    with pytest.raises(SourceError, match=r"text. Columns found: sku, verdict. Say which: --map text=COLUMN"):
        list(read_reviews(path))
    (review,) = read_reviews(path, mapping={"text": "verdict", "item_id": "sku"})
    assert (review.content, review.meta["item_id"]) == ("Nice", "S1")


def test_a_missing_column_is_an_error_even_without_rows(write) -> None:
    with pytest.raises(SourceError, match=r"text. Columns found: item_id, verdict. Say which: --map text=COLUMN"):
        list(read_reviews(write("reviews.csv", "item_id,verdict\n")))


def test_a_repeated_column_is_named(write) -> None:
    path = write("reviews.csv", "item_id,text,note,text\nB01,first,,second\n")
    with pytest.raises(SourceError, match="more than one column named text"):
        list(read_reviews(path))


def test_columns_without_a_name_may_be_many(write) -> None:
    (review,) = read_reviews(write("reviews.csv", "item_id,text,,\nB01,ok,,\n"))
    assert review.content == "ok"


def test_a_header_that_cannot_be_unpacked_is_a_source_error(write) -> None:
    path = write("reviews.csv", b"\x1f\x8b\x08\x00\x00")
    with pytest.raises(SourceError, match="cannot be read: the file is damaged or cut short"):
        list(read_reviews(path, format="csv"))
