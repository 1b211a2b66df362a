import gzip
from pathlib import Path

import pytest

from qa_system.errors import SourceError
from qa_system.sources.files import DamagedFileError, byte_lines, source_files


def test_a_missing_file_names_near_ones(write) -> None:
    near = write("reviews.jsonl", "x")
    with pytest.raises(SourceError, match="There is no file or folder") as caught:
        source_files(near.with_name("review.jsonl"))
    assert str(near) in str(caught.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"Its folder .* does not exist"):
        source_files(tmp_path / "nowhere" / "reviews.csv")


def test_a_folder_is_read_in_sorted_order_without_hidden_files(write, tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", ".a.csv.crc", "_SUCCESS", "deeper/c.csv"):
        write(name, "x")
    assert [file.name for file in source_files(tmp_path)] == ["a.csv", "b.csv"]


def test_a_folder_of_folders_names_them(write, tmp_path: Path) -> None:
    write("electronics/train.csv", "x")
    with pytest.raises(SourceError, match=r"holds no files. Name one of its folders: electronics"):
        source_files(tmp_path)


def test_home_is_expanded_and_text_paths_are_taken(write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write("reviews.csv", "x")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert source_files("~/reviews.csv") == [file]


def test_a_file_that_may_not_be_opened_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: Is a directory"):
        next(byte_lines(tmp_path))


@pytest.mark.parametrize("name", ["lines", "lines.gz"])
def test_lines_come_without_byte_order_mark_from_plain_and_gzip(write, name: str) -> None:
    assert list(byte_lines(write(name, "\ufeffone\ntwo"))) == [b"one\n", b"two"]


def test_lines_before_the_end_of_a_truncated_gzip_are_kept(write) -> None:
    whole = gzip.compress("".join(f"line {number}\n" for number in range(100_000)).encode())
    lines = byte_lines(write("cut", whole[: len(whole) // 2]))
    kept = []
    with pytest.raises(DamagedFileError, match="damaged or cut short"):
        kept.extend(iter(lines))
    assert len(kept) > 1000
    assert kept == [f"line {number}\n".encode() for number in range(len(kept))]
