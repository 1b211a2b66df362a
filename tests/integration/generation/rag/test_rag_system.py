"""RAG on the way from the question to the checked answer; the generators are tiny and know nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from haystack import Pipeline

from qa_system import QASystem, generation_pipeline, index, load_settings
from qa_system.errors import ModelError

ASKED = {"item_id": "I", "mode": "generate", "generator": "rag"}
QUESTION = "how is the bass"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reviews in the words that the generators know, with vectors."""
    folder = tmp_path_factory.mktemp("rag")
    texts = ("the bass is deep and the cable is short", "it is awful", "short and deep is the bass")
    rows = (json.dumps({"item_id": "I", "review_id": f"R{n}", "text": text}) for n, text in enumerate(texts))
    (folder / "reviews.jsonl").write_text("\n".join(rows))
    index(folder / "reviews.jsonl", folder / "s.qa", settings=load_settings())
    return folder / "s.qa"


@pytest.fixture
def opened(store: Path) -> Callable[..., QASystem]:
    """Open the store with a generator."""
    return lambda **rag: QASystem.open(store, settings=load_settings(overrides={"rag": {"device": "cpu", **rag}}))


@pytest.mark.parametrize("variant", ["token", "sequence"])
def test_every_sentence_is_checked_against_all_passages(opened: Callable, bart: Path, variant: str) -> None:
    with opened(model=str(bart), variant=variant, answers=2, max_tokens=6) as qa:
        result = qa.ask(QUESTION, **ASKED, min_support=0.0, retriever="bm25")
    assert 1 <= len(result.generated) <= 2
    assert set(result.timings) == {"retrieval", "writing", "checking"}
    for answer in result.generated:
        assert {"score", "passages", "sentences", "written"} <= set(answer.meta)
        for sentence in answer.meta["sentences"]:
            assert set(sentence.citations) == {span.meta["passage"] for span in sentence.spans}
            for span in sentence.spans:
                assert span.document.content[span.document_offset.start : span.document_offset.end] == span.data


def test_nothing_is_told_while_beams_are_searched(opened: Callable, bart: Path) -> None:
    pieces: list[str] = []
    with opened(model=str(bart)) as qa:
        qa.ask(QUESTION, **ASKED, on_token=pieces.append)
    assert pieces == []


def test_where_nothing_was_found_the_reviews_do_not_say(opened: Callable, bart: Path) -> None:
    with opened(model=str(bart)) as qa:
        result = qa.ask("zzzz", **ASKED, retriever="bm25")
    assert (result.abstained, result.passages, result.no_answer_score) == (True, [], 1.0)


def test_the_pipeline_survives_yaml(opened: Callable, store: Path, bart: Path) -> None:
    with opened(model=str(bart)) as qa:
        pipeline = Pipeline.loads(generation_pipeline(qa.store, qa.settings).dumps(), allowed_modules=["qa_system.*"])
        asked = {part: {"query": QUESTION} for part in ("retriever", "generator", "checker")}
        (answer,) = pipeline.run(asked)["checker"]["answers"]
        (expected,) = qa.write(QUESTION, qa.search(QUESTION)).generated
        assert (answer.data, answer.meta["written"]) == (expected.data, expected.meta["written"])


@pytest.mark.parametrize("retriever", ["bm25", "hybrid", "dense"])
def test_a_generator_with_an_encoder_of_its_own_takes_no_other_scores(
    opened: Callable, facebook: dict[str, Path], retriever: str
) -> None:
    with opened(model=str(facebook["token"])) as qa, pytest.raises(ModelError, match="score_scale to relative"):
        qa.ask(QUESTION, **ASKED, retriever=retriever)
    with opened(model=str(facebook["token"]), score_scale="relative") as qa:
        assert qa.ask(QUESTION, **ASKED, retriever=retriever).generated
