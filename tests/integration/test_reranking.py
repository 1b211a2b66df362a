"""Retrieval whose passages a cross-encoder puts in order; the cross-encoder is tiny, and made here."""

from pathlib import Path

import pytest
from haystack import Pipeline

from qa_system import QASystem, load_settings
from qa_system.errors import ModelError, SettingsError
from qa_system.hybrid import HybridRetriever
from qa_system.pipelines import make_retriever, qa_pipeline
from qa_system.reranking import RerankingRetriever

pytest.importorskip("haystack_integrations.components.rankers.sentence_transformers")

QUESTION, ITEM = "Is the bass any good?", "HP-100"
OF_ITEM = {"field": "meta.item_id", "operator": "==", "value": ITEM}


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cross-encoder that knows nothing, and so puts passages in another order."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("reranker")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "bass", "the", "is", "good", "a", "it", "and", "sound"]
    (folder / "vocab.txt").write_text("\n".join(words))
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig(vocab_size=len(words), num_labels=1, **sizes)
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("first", ["bm25", "hybrid"])
def test_the_first_passages_come_in_another_order(sample_store: Path, cross_encoder: str, first: str) -> None:
    reranking = load_settings(overrides={"retrieval": {"reranker": cross_encoder, "rerank_depth": 8}})
    with QASystem.open(sample_store) as plain, QASystem.open(sample_store, settings=reranking) as reranked:
        asked = {"item_id": ITEM, "retriever": first}
        before = plain.search(QUESTION, top_k=8, **asked)
        after = reranked.search(QUESTION, top_k=5, **asked)
    assert [one.score for one in after] == sorted((one.score for one in after), reverse=True)
    assert all(0 <= one.score <= 1 for one in after)
    assert [one.id for one in after] != [one.id for one in before[:5]]
    assert {one.id: one.meta["found_by"] for one in before}.items() >= {
        one.id: one.meta["found_by"] for one in after
    }.items()


def test_more_passages_than_the_depth_may_be_asked_for(system: QASystem, cross_encoder: str) -> None:
    retriever = RerankingRetriever(make_retriever(system.store, system.settings, "bm25"), cross_encoder, depth=2)
    assert len(retriever.run(QUESTION, OF_ITEM, 6)["documents"]) == 6
    assert retriever.run(QUESTION, OF_ITEM, 0)["documents"] == []
    assert retriever.run("zzzz", OF_ITEM)["documents"] == []


def test_a_pipeline_with_both_is_dumped_and_loaded(system: QASystem, cross_encoder: str) -> None:
    retrieval = {"reranker": cross_encoder, "retriever": "hybrid", "fusion": "scores", "dense_weight": 0.7}
    settings = load_settings(overrides={"retrieval": retrieval})
    pipeline = qa_pipeline(system.store, settings)
    loaded = Pipeline.loads(pipeline.dumps(), allowed_modules=["qa_system.*"]).get_component("retriever")
    found, again = (
        [(one.id, one.score) for one in each.run(QUESTION, OF_ITEM)["documents"]]
        for each in (pipeline.get_component("retriever"), loaded)
    )
    assert found == again
    assert loaded.retriever.weights == pytest.approx({"bm25": 0.3, "dense": 0.7})


def test_what_is_no_cross_encoder_is_named(system: QASystem, tmp_path: Path) -> None:
    retriever = RerankingRetriever(make_retriever(system.store, system.settings, "bm25"), str(tmp_path / "none"))
    with pytest.raises(ModelError, match=r"reranker .*none.*CrossEncoder"):
        retriever.run(QUESTION, OF_ITEM)


@pytest.mark.parametrize("weights", [{"bm25": 1.0}, {"bm25": -1.0, "dense": 2.0}, {"bm25": 0.0, "dense": 0.0}])
def test_weights_that_weigh_nothing_are_refused(system: QASystem, weights: dict[str, float]) -> None:
    parts = {name: make_retriever(system.store, system.settings, name) for name in ("bm25", "dense")}
    with pytest.raises(SettingsError, match="one for each of bm25, dense"):
        HybridRetriever(parts, weights=weights)
    with pytest.raises(SettingsError, match="no fusion 'mean'"):
        HybridRetriever(parts, fusion="mean")
