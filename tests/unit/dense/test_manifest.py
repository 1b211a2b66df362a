import json

import pytest

from qa_system.dense.manifest import EncoderIdentity, Manifest
from qa_system.errors import StoreError

IDENTITY = EncoderIdentity("question-model", "passage-model", "1" * 64, "2" * 64)
MANIFEST = Manifest(IDENTITY, dimension=384, log="log-1", count=5, rows=7)


def test_saved_manifest_is_loaded_again(tmp_path):
    MANIFEST.save(tmp_path)

    assert Manifest.load(tmp_path) == MANIFEST
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]


def test_missing_index_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(StoreError, match=rf"no dense index in {tmp_path}.*qa index SOURCE --store"):
        Manifest.load(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", "\0", '{"format": 1, "metric": "inner_product"}'])
def test_damaged_manifest_names_the_command_that_puts_it_right(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)

    with pytest.raises(StoreError, match=r"damaged.*--rebuild-vectors"):
        Manifest.load(tmp_path)


def test_bytes_that_are_no_text_are_a_damaged_manifest(tmp_path):
    (tmp_path / "manifest.json").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(StoreError, match="damaged"):
        Manifest.load(tmp_path)


@pytest.mark.parametrize(("key", "value"), [("format", 1), ("metric", "l2")])
def test_manifest_of_another_version_is_refused(tmp_path, key, value):
    MANIFEST.save(tmp_path)
    stored = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**stored, key: value}))

    with pytest.raises(StoreError, match=f"{value}.*this version reads format 2 and metric 'inner_product'"):
        Manifest.load(tmp_path)


def test_encoder_with_the_same_weights_is_taken_under_any_name(tmp_path):
    moved = EncoderIdentity("/elsewhere/question", "/elsewhere/passage", "1" * 64, "2" * 64)

    MANIFEST.check_encoder(moved, tmp_path)


def test_other_encoder_is_refused_with_both_names_and_the_way_out(tmp_path):
    other = EncoderIdentity("other-model", "other-model", "3" * 64, "3" * 64)

    with pytest.raises(StoreError) as raised:
        MANIFEST.check_encoder(other, tmp_path / "dense")

    for part in (
        "'question-model' (weights 11111111) with 'passage-model' (weights 22222222)",
        "'other-model' (weights 33333333)",
        f"qa index SOURCE --store {tmp_path} --rebuild-vectors",
    ):
        assert part in str(raised.value)
