from hypothesis import given
from hypothesis import strategies as st

from qa_system.dense.journal import encode_record, read_records

records = st.lists(st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3), max_size=3))


@given(records, st.data())
def test_a_cut_journal_gives_the_records_before_the_cut(tmp_path_factory, written, data):
    lines = [encode_record(record) for record in written]
    whole = b"".join(lines)
    cut = data.draw(st.integers(0, len(whole)))
    path = tmp_path_factory.mktemp("journal") / "journal"
    path.write_bytes(whole[:cut])

    read = list(read_records(path, 0))

    ends = [len(b"".join(lines[: number + 1])) for number in range(len(lines))]
    assert [end for _, end in read] == [end for end in ends if end <= cut]
    assert [record for record, _ in read] == written[: len(read)]


@given(records.filter(bool), st.data())
def test_a_changed_byte_ends_the_journal_at_its_line(tmp_path_factory, written, data):
    lines = [encode_record(record) for record in written]
    damaged = bytearray(b"".join(lines))
    place = data.draw(st.integers(0, len(damaged) - 1))
    damaged[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("journal") / "journal"
    path.write_bytes(damaged)

    read = [record for record, _ in read_records(path, 0)]

    assert read == written[: len(read)]
    assert len(read) < len(written)


def test_reading_starts_at_the_offset(tmp_path):
    first, second = {"a": 1}, {"b": "ü\n"}
    path = tmp_path / "journal"
    path.write_bytes(encode_record(first) + encode_record(second))

    assert [record for record, _ in read_records(path, len(encode_record(first)))] == [second]
