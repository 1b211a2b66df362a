from collections import Counter
from random import Random

import pytest

from qa_system.errors import SourceError
from qa_system.training.mixture import Example, Mixture, TrainingSource
from qa_system.training.splits import held_out

REVIEWS = [f"Review {number}: the bass is deep and the case is red." for number in range(200)]
ROWS = [("How is the bass?", review, ["deep", "bass is deep"]) for review in REVIEWS]


@pytest.fixture
def mixture(write_source):
    return Mixture.load([TrainingSource(write_source("bass.jsonl", *ROWS))])


def drawn(mixture, seed=0, negative_share=0.0):
    return mixture.epoch(Random(seed), negative_share=negative_share)


def test_each_review_falls_into_one_part_and_none_is_lost(mixture):
    trained, validated = ({example.context for example in part} for part in (mixture.train, mixture.validation))
    assert not trained & validated
    assert not any(map(held_out, trained | validated))
    assert len(trained) + len(validated) + mixture.held_out == len(REVIEWS)
    assert mixture.held_out


def test_an_epoch_takes_one_annotator_of_each_question(mixture):
    samples = drawn(mixture)
    assert Counter(sample.context for sample in samples) == Counter(example.context for example in mixture.train)
    assert {sample.context[slice(*sample.answer)] for sample in samples} == {"deep", "bass is deep"}


def test_annotators_who_found_nothing_are_sampled_too():
    mixture = Mixture(train=[Example("How is the bass?", "The bass is deep.", ((12, 16), None), "B01", "opinion")])
    answers = Counter(sample.answer for seed in range(100) for sample in drawn(mixture, seed))
    assert set(answers) == {(12, 16), None}
    assert 30 < answers[None] < 70


def test_the_same_seed_draws_the_same_epoch_and_another_does_not(mixture):
    assert drawn(mixture, 1, 0.5) == drawn(mixture, 1, 0.5) != drawn(mixture, 2, 0.5)


def test_negatives_ask_of_a_review_without_the_words_of_the_answer(write_source):
    other = [("Is it red?", f"Box {number} is red.", ["red"]) for number in range(40)]
    mixture = Mixture.load([TrainingSource(write_source("a.jsonl", *ROWS, *other))])
    negatives = [sample for sample in drawn(mixture, negative_share=0.9) if sample.answer is None]
    assert len(negatives) > 50
    assert all("deep" not in each.context for each in negatives if each.question == "How is the bass?")


def test_weights_say_how_often_a_question_is_taken(write_source):
    rows = {name: [(f"{name}?", f"{name} {review}", ["deep"]) for review in REVIEWS] for name in ("twice", "half")}
    twice, half = (write_source(f"{name}.jsonl", *rows[name]) for name in rows)
    mixture = Mixture.load([TrainingSource(twice, weight=2.0), TrainingSource(half, weight=0.5)])
    counts = Counter(sample.question for sample in drawn(mixture))
    trained = Counter(example.question for example in mixture.train)
    assert counts["twice?"] == 2 * trained["twice?"]
    assert 0.3 < counts["half?"] / trained["half?"] < 0.7


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
def test_no_held_out_review_of_the_shared_sources_is_drawn(shared, name):
    mixture = Mixture.load([TrainingSource(shared / f"data/extractive_qa/{name}.jsonl.gz")])
    shown = {sample.context for sample in drawn(mixture, negative_share=0.2)}
    shown |= {example.context for example in mixture.validation}
    assert not any(map(held_out, shown))
    assert mixture.held_out > 300


def test_of_subjqa_its_test_split_is_not_trained_on_and_wants_opinions(shared):
    folder = shared / "data/subjqa/electronics"
    mixture = Mixture.load([TrainingSource(folder / "train.csv")])
    assert {example.style for example in mixture.train} == {"opinion"}
    with pytest.raises(SourceError, match="358 more are held out"):
        Mixture.load([TrainingSource(folder / "test.csv")])
