from pathlib import Path

import pytest

from qa_system.errors import SourceError
from qa_system.sources import FORMATS, detect_format, read_reviews

ROW = '{"item_id": "B01", "text": "ok"}\n'


def test_the_names_of_the_formats() -> None:
    assert set(FORMATS) == {"subjqa", "squad", "beir", "jsonl", "csv", "parquet", "amazon", "qa_jsonl", "store"}


@pytest.mark.parametrize("name", ["reviews.csv", "reviews", "reviews.json.gz"])
def test_the_content_counts_and_not_the_ending(write, name: str) -> None:
    assert detect_format(write(name, ROW)) == "jsonl"


def test_a_broken_first_row_does_not_hide_the_format(write) -> None:
    assert detect_format(write("reviews", '{"item_id": "B0\n' + ROW)) == "jsonl"


def test_a_first_row_of_a_million_characters_does_not_hide_the_format(write) -> None:
    assert detect_format(write("reviews", ROW.replace("ok", "ok " * 400_000))) == "jsonl"


@pytest.mark.parametrize(
    "content",
    [
        b"Dear shop,\nI like it.\n",
        b"\x89PNG\r\n\x1a\n\0\0",
        "item_id,text\n".encode("utf-16"),
        b'"word"\n',
        b"item_id,text\rB01,ok\r",
    ],
)
def test_an_unknown_file_shows_its_first_bytes_and_the_formats(write, content: bytes) -> None:
    with pytest.raises(SourceError, match="is of no known format") as caught:
        detect_format(write("letter", content))
    assert repr(content[:40]) in str(caught.value)
    assert all(name in str(caught.value) for name in FORMATS)


def test_a_json_array_says_what_to_write_instead(write) -> None:
    with pytest.raises(SourceError, match="one object per line"):
        detect_format(write("reviews.json", f"[\n{ROW.strip()},\n{ROW}]\n"))


@pytest.mark.parametrize("content", [b"", b"\n \n", "\ufeff".encode()])
@pytest.mark.parametrize("name", ["reviews.csv", "reviews.jsonl.gz"])
def test_an_empty_file(write, name: str, content: bytes) -> None:
    with pytest.raises(SourceError, match="is empty"):
        read_reviews(write(name, content))


def test_a_gzip_file_of_a_few_bytes(write) -> None:
    with pytest.raises(SourceError, match="damaged or cut short"):
        detect_format(write("reviews.jsonl", b"\x1f\x8b\x08\x00\x00"))


def test_a_folder_of_mixed_formats_names_them(write, tmp_path: Path) -> None:
    write("a.csv", "item_id,text\nB01,ok\n")
    write("b.jsonl", ROW)
    with pytest.raises(SourceError, match=r"mixes formats: a.csv is csv, b.jsonl is jsonl"):
        detect_format(tmp_path)


def test_an_unknown_name_of_a_format_lists_the_known(write) -> None:
    with pytest.raises(SourceError, match=r"no format 'json'. Did you mean jsonl\? Formats are: subjqa, squad"):
        read_reviews(write("reviews", ROW), format="json")
