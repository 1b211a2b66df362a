import gzip
import json

import pytest

from qa_system.errors import SourceError
from qa_system.sources.splits import held_out
from qa_system.training.generator.unlabelled import Unlabelled
from qa_system.training.mixture import TrainingSource

TEXTS = [f"This is review number {number}, and it does n't end" for number in range(200)]


@pytest.fixture
def lines(tmp_path):
    """Reviews a line, in one of the files with ratings in front."""
    folder = tmp_path / "reviews"
    folder.mkdir()
    with gzip.open(folder / "a.txt.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(f"{number % 5 + 1} #### {text}" for number, text in enumerate(TEXTS[:100])))
    (folder / "b.txt").write_text("\n".join([*TEXTS[100:], "", TEXTS[0]]), encoding="utf-8")
    return TrainingSource(folder)


def load(*sources, measured=()):
    return Unlabelled.load(sources, measured=measured, seed=0, most=5)


def test_reviews_are_read_once_and_the_measured_tenth_is_left_out(lines):
    reviews = load(lines)
    wanted = [text.replace(" n't", "n't") for text in TEXTS]
    assert not any(map(held_out, [*reviews.train, *reviews.validation]))
    assert reviews.held_out == sum(map(held_out, wanted)) > 5
    assert len(reviews.validation) == 5
    assert set(reviews.train).isdisjoint(reviews.validation)
    assert {*reviews.train, *reviews.validation} <= set(wanted)
    assert len(reviews.train) == len(set(reviews.train)) > 150


def test_what_labelled_data_measure_with_is_left_out_however_it_is_spaced(lines):
    everything = load(lines)
    taken = everything.train[0]
    without = load(lines, measured=[taken.upper().replace(" ", "  ").replace(",", " , ")])
    assert taken not in without.train
    assert without.held_out == everything.held_out + 1
    assert without.digest != everything.digest == load(lines).digest


def test_whatever_is_indexed_can_be_learned_from(tmp_path):
    path = tmp_path / "reviews.jsonl"
    path.write_text("\n".join(json.dumps({"item_id": "I", "text": text}) for text in TEXTS), encoding="utf-8")
    assert len(load(TrainingSource(path)).train) > 150


def test_too_few_reviews_are_refused(tmp_path):
    (tmp_path / "one.txt").write_text("It is deep.", encoding="utf-8")
    with pytest.raises(SourceError, match=r"too few reviews to learn to write from: \d to learn from"):
        load(TrainingSource(tmp_path / "one.txt"))


def test_a_damaged_file_is_named(tmp_path):
    whole = gzip.compress("\n".join(TEXTS).encode())
    (tmp_path / "cut.txt.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"cut\.txt\.gz cannot be read: the file is damaged"):
        load(TrainingSource(tmp_path / "cut.txt.gz"))
