from collections import Counter
from pathlib import Path
from random import Random

import pytest

from qa_system.sources.splits import held_out
from qa_system.training.mixture import Example, Mixture, TrainingSource
from qa_system.training.recipe import Recipe
from qa_system.training.sampling import Sampler

REVIEWS = [f"Review {number}: the bass is deep and the case is red." for number in range(200)]
ROWS = [("How is the bass?", review, ["deep", "bass is deep"]) for review in REVIEWS]


@pytest.fixture
def mixture(write_source):
    return Mixture.load([TrainingSource(write_source("bass.jsonl", *ROWS))])


def drawn(examples, seed=0, **recipe):
    return Sampler(examples, Recipe(**{"negative_share": 0.0} | recipe)).epoch(Random(seed))


def example(question, context, answer, item_id):
    start = context.index(answer)
    return Example(question, context, ((start, start + len(answer)),), "plain", Path("s"), item_id)


def test_an_epoch_takes_one_annotator_of_each_question(mixture):
    samples = drawn(mixture.train)
    assert Counter(sample.context for sample in samples) == Counter(each.context for each in mixture.train)
    assert {sample.context[slice(*sample.answer)] for sample in samples} == {"deep", "bass is deep"}


def test_annotators_who_found_nothing_are_sampled_too():
    examples = [Example("How is the bass?", "The bass is deep.", ((12, 16), None), "opinion", Path("s"))]
    answers = Counter(sample.answer for seed in range(100) for sample in drawn(examples, seed))
    assert set(answers) == {(12, 16), None}
    assert 30 < answers[None] < 70


@pytest.mark.parametrize("negatives", ["item", "bm25"])
def test_the_same_seed_draws_the_same_epoch_and_another_does_not(mixture, negatives):
    recipe = {"negative_share": 0.5, "negatives": negatives}
    assert drawn(mixture.train, 1, **recipe) == drawn(mixture.train, 1, **recipe) != drawn(mixture.train, 2, **recipe)


@pytest.mark.parametrize("negatives", ["item", "bm25"])
def test_negatives_ask_of_a_review_without_the_words_of_the_answer(write_source, negatives):
    other = [("Is it red?", f"Box {number} is red.", ["red"]) for number in range(40)]
    mixture = Mixture.load([TrainingSource(write_source("a.jsonl", *ROWS, *other))])
    samples = drawn(mixture.train, negative_share=0.9, negatives=negatives)
    negatives = [sample for sample in samples if sample.answer is None]
    assert len(negatives) > 50
    assert all("deep" not in each.context for each in negatives if each.question == "How is the bass?")


def test_bm25_negatives_are_reviews_of_the_item_with_the_words_of_the_question():
    asked = example("Deepest bass?", "The bass is deep.", "deep", "B1")
    near = [example("Is it red?", f"Its bass is number {number}.", "number", "B1") for number in range(3)]
    far = [example("Is it red?", f"Box {number} is red.", "red", "B1") for number in range(50)]
    elsewhere = [example("Is it red?", f"Bass, bass, bass {number}.", "bass", "B2") for number in range(3)]
    examples = [asked, *near, *far, *elsewhere]
    for negatives, wanted in (("bm25", near), ("item", near + far)):
        samples = [
            each for seed in range(50) for each in drawn(examples, seed, negatives=negatives, negative_share=0.9)
        ]
        found = {each.context for each in samples if each.question == asked.question and each.answer is None}
        assert found <= {each.context for each in wanted}
        assert len(found) > 2


def test_where_no_review_shares_a_word_with_the_question_any_of_the_item_is_taken():
    examples = [example("Comfortable?", f"Box {number} is red.", f"Box {number} ", "B1") for number in range(5)]
    samples = drawn(examples, negative_share=0.99, negatives="bm25")
    assert sum(sample.answer is None for sample in samples) == 5


def test_weights_say_how_often_a_question_is_taken(write_source):
    rows = {name: [(f"{name}?", f"{name} {review}", ["deep"]) for review in REVIEWS] for name in ("twice", "half")}
    twice, half = (write_source(f"{name}.jsonl", *rows[name]) for name in rows)
    mixture = Mixture.load([TrainingSource(twice, weight=2.0), TrainingSource(half, weight=0.5)])
    counts = Counter(sample.question for sample in drawn(mixture.train))
    trained = Counter(each.question for each in mixture.train)
    assert counts["twice?"] == 2 * trained["twice?"]
    assert 0.3 < counts["half?"] / trained["half?"] < 0.7


@pytest.mark.parametrize("name", ["squadshifts_amazon", "reviewrc2"])
def test_no_held_out_review_of_the_shared_sources_is_drawn(shared, name):
    mixture = Mixture.load([TrainingSource(shared / f"data/extractive_qa/{name}.jsonl.gz")])
    assert not any(held_out(sample.context) for sample in drawn(mixture.train, negative_share=0.2))
