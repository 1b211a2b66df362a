import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from haystack import Document, Pipeline
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_system.errors import SettingsError
from qa_system.reading.reader import Reader

# A sigmoid of logits that differ in the third digit; wide enough for bfloat16.
TOLERANCE = 0.05
REVIEWS = [
    Document(id="gym", content="Got these for the gym. The bass is surprisingly deep 🎧 but the box was crushed."),
    Document(id="late", content="Delivery took three weeks and nobody answers the phone."),
    Document(id="thin", content="There is no bass at all, everything sounds thin and tinny."),
    Document(id="battery", content="Battery lasts about 9 hours, I charge them every second day."),
]
QUESTIONS = ["How is the bass?", "How long does the battery last?", "Is it easy to clean?", "How was the delivery?"]


@pytest.fixture(scope="module")
def reader():
    reader = Reader()
    reader.warm_up()
    return reader


def essentials(answers):
    return [(answer.data, answer.document and answer.document.id, answer.document_offset) for answer in answers]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (QUESTIONS[0], {"gym": "bass is surprisingly deep", "thin": "no bass at all"}),
        (QUESTIONS[1], {"battery": "9 hours"}),
    ],
)
def test_answers_with_the_words_of_the_reviews(reader, question, expected):
    answers = [answer for answer in reader.run(query=question, documents=REVIEWS)["answers"] if answer.score > 0.5]
    for document_id, words in expected.items():
        assert any(answer.document.id == document_id and words in answer.data for answer in answers)


def test_says_when_there_is_no_answer(reader):
    answers = reader.run(query="Can I wash it in the dishwasher?", documents=REVIEWS)["answers"]
    assert answers[0].data is None
    assert answers[0].document is None
    assert answers[0].score > 0.5
    assert answers[0].score == pytest.approx(1 - answers[1].score)


def test_no_answer_and_top_k_of_the_call_override(reader):
    answers = reader.run(query=QUESTIONS[0], documents=REVIEWS, top_k=2, no_answer=False)["answers"]
    assert len(answers) == 2
    assert all(answer.data for answer in answers)


@pytest.mark.parametrize("documents", [[], REVIEWS])
@pytest.mark.parametrize("top_k", [0, -1])
def test_a_call_cannot_ask_for_no_answers_at_all(reader, documents, top_k):
    with pytest.raises(SettingsError, match=f"top_k is {top_k}, it has to be at least 1"):
        reader.run(query=QUESTIONS[0], documents=documents, top_k=top_k)


@pytest.mark.parametrize("documents", [[], [Document(content="")], [Document(content=None)], [Document(content=" \n")]])
def test_without_text_there_is_only_the_no_answer(reader, documents):
    (answer,) = reader.run(query=QUESTIONS[0], documents=documents)["answers"]
    assert (answer.data, answer.score) == (None, 1.0)


@settings(max_examples=10)
@given(st.text(st.sampled_from("ab .\n🎧é\u0301\ufe0f\ud83d漢"), max_size=60), st.integers(0, 1000))
def test_offsets_mark_the_answer_whatever_the_characters(reader, noise, passage_offset):
    meta = {"review_id": "r1", "split_idx_start": passage_offset}
    document = Document(id="p", content=f"{noise} The bass is dee\u0301p ❤\ufe0f {noise}", meta=meta)
    answers = reader.run(query="How is the bass?", documents=[document], no_answer=False)["answers"]
    assert answers
    for answer in answers:
        start, end = answer.document_offset.start, answer.document_offset.end
        assert document.content[start:end] == answer.data
        assert answer.context[answer.context_offset.start : answer.context_offset.end] == answer.data
        assert answer.meta["review_id"] == "r1"
        assert answer.meta["review_offset"] == {"start": start + passage_offset, "end": end + passage_offset}


def test_finds_an_answer_at_the_very_end_of_a_long_review(reader):
    review = "We went there by train and it rained all the time. " * 150 + "Battery lasts 9 hours"
    best = reader.run(query="How long does the battery last?", documents=[Document(content=review)])["answers"][0]
    assert "9 hours" in best.data
    assert best.document_offset.end == len(review)


def test_overlapping_passages_of_a_review_give_an_answer_once(reader):
    review = "I bought it in May. The bass is very deep. It came in a box."
    passages = [
        Document(content=review[start:end], meta={"review_id": "r1", "split_idx_start": start})
        for start, end in ((0, 43), (20, len(review)))
    ]
    answers = reader.run(query="How is the bass?", documents=passages, no_answer=False)["answers"]
    places = [range(answer.meta["review_offset"]["start"], answer.meta["review_offset"]["end"]) for answer in answers]
    assert len(set().union(*places)) == sum(map(len, places))


def test_a_question_of_5000_words_is_answered_from_its_beginning(reader):
    answers = reader.run(query="How is the bass? " + "word " * 5000, documents=REVIEWS)["answers"]
    assert any(answer.data for answer in answers)


def test_many_questions_at_once_are_answered_like_one_by_one(reader):
    documents = [random.Random(seed).sample(REVIEWS, k=seed) for seed in range(len(QUESTIONS))]
    together = reader.run_batch(QUESTIONS, documents)
    assert len(together) == len(QUESTIONS)
    for question, passages, answers in zip(QUESTIONS, documents, together, strict=True):
        alone = reader.run(query=question, documents=passages)["answers"]
        assert essentials(answers)[0] == essentials(alone)[0]
        assert [one.score for one in answers] == pytest.approx([one.score for one in alone], abs=TOLERANCE)


@pytest.mark.parametrize("batch_tokens", [1, 64, 100_000])
def test_batches_do_not_change_the_answers(reader, batch_tokens):
    expected = reader.run(query=QUESTIONS[0], documents=REVIEWS)["answers"]
    found = Reader(batch_tokens=batch_tokens).run(query=QUESTIONS[0], documents=REVIEWS)["answers"]
    assert essentials(found)[0] == essentials(expected)[0]
    assert [one.score for one in found] == pytest.approx([one.score for one in expected], abs=TOLERANCE)


def test_the_order_of_passages_does_not_change_the_best_answer(reader):
    forwards, backwards = (
        reader.run(query=QUESTIONS[0], documents=documents)["answers"][0] for documents in (REVIEWS, REVIEWS[::-1])
    )
    assert essentials([forwards]) == essentials([backwards])


def test_threads_share_a_reader_that_none_has_warmed_up(reader):
    cold = Reader()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda question: cold.run(query=question, documents=REVIEWS)["answers"], QUESTIONS))
    for question, answers in zip(QUESTIONS, found, strict=True):
        assert essentials(answers)[0] == essentials(reader.run(query=question, documents=REVIEWS)["answers"])[0]


def test_readers_of_one_model_share_it(reader):
    other = Reader("minilm-review-reader", top_k=1)
    assert other._load()[0] is reader._load()[0]


def test_answers_in_a_pipeline_loaded_from_yaml(reader):
    pipeline = Pipeline()
    pipeline.add_component("reader", Reader(top_k=1, no_answer=False))
    loaded = Pipeline.loads(pipeline.dumps(), allowed_modules=["qa_system.*"])
    (answer,) = loaded.run({"reader": {"query": QUESTIONS[0], "documents": REVIEWS}})["reader"]["answers"]
    assert "bass" in answer.data


def test_the_style_of_the_question_reaches_the_model(reader):
    def logit(style):
        answers = Reader(question_style=style).run(query=QUESTIONS[0], documents=REVIEWS[:1])["answers"]
        return max(answer.meta.get("logit", -99.0) for answer in answers)

    assert logit("auto") == pytest.approx(logit("opinion"), abs=TOLERANCE)
    assert abs(logit("plain") - logit("opinion")) > 0.5


def test_importing_the_reader_does_not_load_transformers():
    script = "import sys, qa_system.reading.reader; sys.exit('transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
