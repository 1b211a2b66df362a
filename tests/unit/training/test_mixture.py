import pytest

from qa_system.errors import SettingsError, SourceError
from qa_system.sources.splits import held_out
from qa_system.training.mixture import Mixture, TrainingSource

REVIEWS = [f"Review {number}: the bass is deep and the case is red." for number in range(200)]
ROWS = [("How is the bass?", review, ["deep", "bass is deep"]) for review in REVIEWS]


@pytest.fixture
def mixture(write_source):
    return Mixture.load([TrainingSource(write_source("bass.jsonl", *ROWS))])


def contexts(examples):
    return {example.context for example in examples}


def test_each_review_falls_into_one_part_and_none_is_lost(mixture):
    trained, validated, measured = map(contexts, (mixture.train, mixture.validation, mixture.held_out))
    assert measured == set(filter(held_out, REVIEWS))
    assert not trained & validated
    assert trained | validated | measured == set(REVIEWS)
    assert len(mixture.train) + len(mixture.validation) + len(mixture.held_out) == len(REVIEWS)


def test_a_review_of_a_test_split_is_not_trained_on_for_another_question(write_source):
    tested = [("Is it red?", review, ["red"]) for review in REVIEWS[:50]]
    train, test = write_source("train.jsonl", *ROWS), write_source("test.jsonl", *tested, split="test")
    alone, both = Mixture.load([TrainingSource(train)]), Mixture.load([TrainingSource(train), TrainingSource(test)])
    for part in ("train", "validation"):
        assert contexts(getattr(both, part)) == contexts(getattr(alone, part)) - set(REVIEWS[:50])
    assert contexts(both.held_out) == contexts(alone.held_out) | set(REVIEWS[:50])
    assert len(both.held_out) == len(alone.held_out) + len(tested) + len(alone.train) + len(alone.validation) - len(
        both.train
    ) - len(both.validation)


def test_spaces_around_an_answer_are_none_of_it(write_source):
    rows = [("How is the bass?", f"{review} It is deep. ", [" deep. ", " "]) for review in REVIEWS]
    mixture = Mixture.load([TrainingSource(write_source("spaces.jsonl", *rows))])
    assert {example.gold == ["deep."] for example in mixture.train} == {True}
    assert {example.answers[1] for example in mixture.train} == {None}


@pytest.mark.parametrize("weight", [0.0, -1.0, float("inf"), float("nan")])
def test_a_weight_that_takes_nothing_or_never_ends_is_refused(tmp_path, weight):
    with pytest.raises(SettingsError, match=r"the weight of .*bass\.jsonl is .*, it has to be above 0"):
        TrainingSource(tmp_path / "bass.jsonl", weight=weight)


def test_labels_that_do_not_fit_are_skipped_and_listed(write_source):
    path = write_source("broken.jsonl", *ROWS, ("Broken?", REVIEWS[0], [None]))
    mixture = Mixture.load([TrainingSource(path)])
    (rejection,) = mixture.rejections
    assert (rejection.path, rejection.line) == (path, len(ROWS) + 1)


def test_a_source_without_answers_is_refused(write_source):
    path = write_source("empty.jsonl", *((question, review, []) for question, review, _ in ROWS))
    with pytest.raises(SourceError, match=r"no answer to learn from: .* Add a source"):
        Mixture.load([TrainingSource(path)])


def test_an_empty_validation_split_is_refused(write_source):
    path = write_source("one.jsonl", ("How is the bass?", "Review number 1. The bass is deep.", ["deep"]))
    with pytest.raises(SourceError, match="the validation split is empty: of the reviews of 1 questions"):
        Mixture.load([TrainingSource(path)])


def test_a_source_whose_questions_bring_no_review_is_refused(root):
    with pytest.raises(SourceError, match="no labelled question that brings its review along"):
        Mixture.load([TrainingSource(root / "qa_system" / "samples" / "questions.jsonl")])


@pytest.mark.parametrize("name", ["squadshifts_amazon", "reviewrc2"])
def test_no_held_out_review_of_the_shared_sources_is_used(shared, name):
    mixture = Mixture.load([TrainingSource(shared / f"data/extractive_qa/{name}.jsonl.gz")])
    assert not any(map(held_out, contexts(mixture.train + mixture.validation)))
    assert len(mixture.held_out) > 300


def test_no_review_of_a_test_split_of_subjqa_is_used(shared):
    mixture = Mixture.load([TrainingSource(shared / "data/subjqa/electronics")])
    tested = Mixture.load([TrainingSource(shared / "data/subjqa/electronics/train.csv")])
    measured = contexts(mixture.held_out)
    assert not measured & contexts(mixture.train + mixture.validation)
    assert measured & contexts(tested.train + tested.validation)


def test_of_subjqa_its_test_split_is_not_trained_on_and_wants_opinions(shared):
    folder = shared / "data/subjqa/electronics"
    mixture = Mixture.load([TrainingSource(folder / "train.csv")])
    assert {example.style for example in mixture.train} == {"opinion"}
    with pytest.raises(SourceError, match="358 more are held out"):
        Mixture.load([TrainingSource(folder / "test.csv")])
