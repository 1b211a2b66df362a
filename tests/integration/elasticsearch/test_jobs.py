"""The indexing job on a cluster: once, again, in parts, anew; and the settings of the index afterwards."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from qa_system import IndexReport, QASystem, SettingsError, SourceError, StoreError, index, load_settings
from qa_system.dense.manifest import EncoderIdentity
from qa_system.dense.vectors import vectors_of
from qa_system.indexing.shard import Shard
from qa_system.samples import REVIEWS
from qa_system.settings import Settings
from qa_system.stores.elasticsearch.store import ElasticsearchStore


def write(path: Path, texts: dict[str, str]) -> Path:
    rows = [{"item_id": f"I{key[-1]}", "review_id": key, "text": text} for key, text in texts.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def settings(cluster: str, index_name: str, tmp_path: Path) -> Settings:
    return load_settings(
        overrides={
            "store": {"url": f"{cluster}/{index_name}", "path": tmp_path / "derived.qa"},
            "elasticsearch": {"dead_letters": tmp_path / "dead.jsonl"},
            "indexing": {"vectors": False, "batch_size": 40},
        }
    )


@pytest.fixture
def run(settings: Settings) -> Callable[..., IndexReport]:
    def run(source: Path, **options) -> IndexReport:
        return index(source, settings=settings, **options)

    return run


def counts(report: IndexReport) -> tuple[int, ...]:
    return report.written, report.unchanged, report.replaced, report.pruned


def test_what_is_missing_is_written_what_changed_is_replaced_and_what_is_gone_pruned(
    run: Callable, store: ElasticsearchStore, tmp_path: Path
) -> None:
    texts = {f"R{number:03}": f"review {number} speaks of straps. " * (1 + 60 * (number == 7)) for number in range(100)}
    source = write(tmp_path / "r.jsonl", texts)
    assert counts(run(source)) == (100, 0, 0, 0)
    assert counts(run(source)) == (0, 100, 0, 0)
    passages = store.count_documents()
    assert passages > 100
    source = write(tmp_path / "r.jsonl", {**texts, "R007": "short now", "R008": "other words", "R100": "new"})
    assert counts(run(source)) == (1, 98, 2, 0)
    assert store.count_by("review_id")["R007"] == 1
    assert counts(run(write(tmp_path / "r.jsonl", dict(list(texts.items())[:90])), prune=True)) == (0, 88, 2, 11)
    assert len(store.count_by("review_id")) == 90


def test_the_metadata_of_a_review_may_change_without_its_text(
    run: Callable, store: ElasticsearchStore, tmp_path: Path
) -> None:
    for rating in (1, 5):
        row = {"item_id": "I", "review_id": "R", "text": "words", "rating": rating}
        (tmp_path / "r.jsonl").write_text(json.dumps(row) + "\n")
        run(tmp_path / "r.jsonl")
    assert [found.meta["rating"] for found in store.filter_documents()] == [5]


def test_machines_share_a_source_and_prune_their_shares_only(
    run: Callable, store: ElasticsearchStore, tmp_path: Path
) -> None:
    source = write(tmp_path / "r.jsonl", {f"R{number:03}": f"review {number}" for number in range(100)})
    parts = [run(source, shard=Shard(number, 3), prune=True) for number in (1, 2, 3)]
    assert sum(part.written for part in parts) == store.count_documents() == 100
    assert all(20 < part.written < 50 for part in parts)
    write(tmp_path / "r.jsonl", {f"R{number:03}": f"review {number}" for number in range(40)})
    parts = [run(source, shard=Shard(number, 3), prune=True) for number in (1, 2, 3)]
    assert sum(part.pruned for part in parts) == 60
    assert store.count_documents() == 40


def test_a_new_index_takes_the_old_ones_place(
    run: Callable, store: ElasticsearchStore, cluster: str, index_name: str, tmp_path: Path
) -> None:
    source = write(tmp_path / "r.jsonl", {f"R{number:03}": f"review {number}" for number in range(50)})
    run(source)
    write(tmp_path / "r.jsonl", {f"R{number:03}": f"review {number}" for number in range(30)})
    assert counts(run(source, reindex=True)) == (30, 0, 0, 0)
    assert store.count_documents() == 30
    with Elasticsearch(cluster) as client:
        assert list(client.indices.get(index=f"{index_name}-0*")) == [f"{index_name}-000002"]
    other = write(tmp_path / "other.jsonl", {"R1": "of another source"})
    with pytest.raises(StoreError, match=r"also holds reviews of .*r\.jsonl.*would lose"):
        run(other, reindex=True)
    with pytest.raises(SettingsError, match="leave out --shard"):
        run(source, reindex=True, shard=Shard(1, 2))


def test_a_new_index_that_is_not_whole_takes_no_ones_place(
    run: Callable, store: ElasticsearchStore, tmp_path: Path
) -> None:
    source = write(tmp_path / "r.jsonl", {f"R{number:03}": f"review {number}" for number in range(50)})
    run(source)
    source.write_text('{"item_id": "I1", "review_id": "R", "text": " "}\n')
    with pytest.raises(SourceError, match="has no reviews, so the old index"):
        run(source, reindex=True, on_reject=print)
    assert store.count_documents() == 50


def test_what_a_stopped_rebuild_wrote_and_the_source_lost_does_not_come_back(
    run: Callable, store: ElasticsearchStore, tmp_path: Path
) -> None:
    texts = {f"R{number:03}": f"review {number}" for number in range(200)}
    source = write(tmp_path / "r.jsonl", texts)
    run(source)
    with pytest.raises(KeyboardInterrupt):
        run(source, reindex=True, progress=stop_after(120))
    write(tmp_path / "r.jsonl", dict(list(texts.items())[100:]))
    run(source, reindex=True)
    assert set(store.count_by("review_id")) == {f"R{number:03}" for number in range(100, 200)}


def test_a_job_whose_index_was_replaced_meanwhile_says_so(
    run: Callable, store: ElasticsearchStore, tmp_path: Path
) -> None:
    source = write(tmp_path / "r.jsonl", {f"R{number:03}": f"review {number}" for number in range(100)})
    run(source)
    write(tmp_path / "r.jsonl", {f"R{number:03}": f"review {number}, changed" for number in range(100)})
    replaced: list[bool] = []

    def replace_index(stage: str, done: int, total: int | None) -> None:
        if done == 60 and not replaced:
            replaced.append(True)
            run(source, reindex=True)

    with pytest.raises(StoreError, match=r"another put .*-000002 in its place.*Run the same command again"):
        run(source, progress=replace_index)
    assert counts(run(source)) == (0, 100, 0, 0)


def test_a_new_index_leaves_alone_what_others_made(
    settings: Settings, cluster: str, index_name: str, tmp_path: Path
) -> None:
    source = write(tmp_path / "r.jsonl", {"R1": "review"})
    with Elasticsearch(cluster) as client:
        client.indices.create(index=f"{index_name}-theirs", aliases={index_name: {}})
        with pytest.raises(StoreError, match="was not made by qa-system"):
            index(source, settings=in_german(settings), reindex=True)
        assert client.indices.exists(index=f"{index_name}-theirs")


def test_a_new_index_may_have_another_language_and_follow_one_of_another_format(
    settings: Settings, store: ElasticsearchStore, cluster: str, index_name: str, tmp_path: Path
) -> None:
    source = write(tmp_path / "r.jsonl", {"R1": "Lautsprecher klingen gut"})
    index(source, settings=settings)
    with Elasticsearch(cluster) as client:
        described = {"format": 99, "language": "english", "created_by": "qa-system 9.9"}
        client.indices.put_mapping(index=index_name, meta={"qa_system": described})
    index(source, settings=in_german(settings), reindex=True)
    assert store.language == "german"


def in_german(settings: Settings) -> Settings:
    return settings.model_copy(update={"store": settings.store.model_copy(update={"language": "german"})})


def with_vectors(settings: Settings, *, inside: bool) -> Settings:
    return settings.model_copy(
        update={
            "elasticsearch": settings.elasticsearch.model_copy(update={"vectors": inside}),
            "indexing": settings.indexing.model_copy(update={"vectors": True}),
        }
    )


def test_two_stores_with_one_folder_keep_their_vectors_apart(
    settings: Settings, cluster: str, index_name: str, tmp_path: Path
) -> None:
    embedding = with_vectors(settings, inside=False)
    first = write(tmp_path / "r.jsonl", {"R1": "loud", "R2": "quiet"})
    second = write(tmp_path / "other.jsonl", {"R3": "heavy"})
    embedded, here, there = settings.store.path, None, f"{cluster}/{index_name}-other"
    assert index(first, embedded, settings=embedding).embedded == 2
    assert index(second, there, settings=embedding).embedded == 1
    assert index(first, here, settings=embedding).embedded == 0  # the embedded store has the same passages
    for store, count in ((embedded, 2), (there, 1), (here, 2)):
        with QASystem.open(store, settings=settings) as system:
            assert system.vector_count() == system.store.count_documents() == count


def test_vectors_of_another_encoder_need_a_new_index(settings: Settings, tmp_path: Path, another_encoder: Path) -> None:
    inside = with_vectors(settings, inside=True)
    source = write(tmp_path / "r.jsonl", {"R1": "loud", "R2": "quiet"})
    assert index(source, settings=inside).embedded == 2
    dense = settings.dense.model_copy(update={"query_encoder": str(another_encoder)})
    changed = inside.model_copy(update={"dense": dense})
    with pytest.raises(StoreError, match=r"made with the encoder.*--reindex"):
        index(source, settings=changed, rebuild_vectors=True)
    assert index(source, settings=changed, reindex=True).embedded == 2
    assert index(source, settings=inside, reindex=True).embedded == 2
    with QASystem.open(settings=inside) as system:
        assert vectors_of(system.store).made_by().query_model == str(another_encoder), "an encoder is named once"


@pytest.fixture
def another_encoder(tmp_path: Path) -> Path:
    """An encoder that makes vectors of another length."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "loud", "quiet"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(words), **sizes)).save_pretrained(tmp_path / "tiny")
    BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "tiny")
    SentenceTransformer(modules=[Transformer(str(tmp_path / "tiny")), Pooling(16)]).save(str(tmp_path / "encoder"))
    return tmp_path / "encoder"


def stop_after(count: int) -> Callable[[str, int, int | None], None]:
    def stop(stage: str, done: int, total: int | None) -> None:
        if done > count:
            raise KeyboardInterrupt

    return stop


def test_a_rebuild_that_was_stopped_is_gone_on_with(run: Callable, store: ElasticsearchStore, tmp_path: Path) -> None:
    source = write(tmp_path / "r.jsonl", {f"R{number:03}": f"review {number}" for number in range(200)})
    run(source)
    with pytest.raises(KeyboardInterrupt):
        run(source, reindex=True, progress=stop_after(120))
    assert store.count_documents() == 200
    report = run(source, reindex=True)
    assert report.unchanged >= 80
    assert report.written + report.unchanged == store.count_documents() == 200


@pytest.mark.parametrize("ending", [None, KeyboardInterrupt, RuntimeError])
def test_the_index_is_served_as_before_however_the_job_ends(
    settings: Settings, cluster: str, index_name: str, tmp_path: Path, ending: type[BaseException] | None
) -> None:
    source = write(tmp_path / "r.jsonl", {f"R{number:03}": f"review {number}" for number in range(100)})
    relaxed = settings.elasticsearch.model_copy(update={"relax_replicas": True})
    seen = []

    def look(stage: str, done: int, total: int | None) -> None:
        if done == 60:
            seen.append(served(cluster, index_name))
            if ending:
                raise ending

    with pytest.raises(ending) if ending else nullcontext():
        index(source, settings=settings.model_copy(update={"elasticsearch": relaxed}), progress=look)
    assert seen == [("30s", "false")]
    assert served(cluster, index_name) == (None, "0-1")


def served(cluster: str, index_name: str) -> tuple[str | None, str]:
    """How often the index refreshes, and between which numbers its replicas are."""
    with Elasticsearch(cluster) as client:
        [described] = client.indices.get_settings(index=index_name, flat_settings=True).values()
    now = described["settings"]
    return now.get("index.refresh_interval"), now["index.auto_expand_replicas"]


def test_answers_vectors_and_labels_as_from_the_embedded_store(
    settings: Settings, sample_store: Path, system: QASystem, store: ElasticsearchStore
) -> None:
    everything = settings.model_copy(update={"indexing": settings.indexing.model_copy(update={"vectors": True})})
    report = index(REVIEWS, settings=everything)
    assert report.embedded == report.passages == system.store.count_documents()
    with QASystem.open(settings=settings) as on_cluster:
        assert on_cluster.items() == system.items()
        assert sorted(on_cluster.store.ids_by_filter()) == sorted(system.store.ids_by_filter())
        question = {"query": "Is the bass any good?", "item_id": "HP-100"}
        low = {"field": "meta.rating", "operator": "<=", "value": 3}
        for options in ({"retriever": "dense"}, {"retriever": "hybrid"}, {"filters": low}):
            ours, theirs = on_cluster.ask(**question, **options), system.ask(**question, **options)
            assert [answer.data for answer in ours.answers] == [answer.data for answer in theirs.answers]
        answer = ours.answers[0]
        span = answer.document_offset
        judged = {"question": question["query"], "item_id": "HP-100", "review_id": answer.document.id}
        kept = on_cluster.add_label(**judged, verdict="right", start=span.start, end=span.end)
        assert list(on_cluster.labels()) == [kept]
        again = index(REVIEWS, settings=everything)
        assert (again.unchanged, again.embedded) == (report.written, 0)


def test_vectors_in_the_cluster_give_the_answers_of_the_dense_index(settings: Settings, system: QASystem) -> None:
    kept = settings.elasticsearch.model_copy(update={"vectors": True})
    embedding = settings.indexing.model_copy(update={"vectors": True})
    inside = settings.model_copy(update={"elasticsearch": kept, "indexing": embedding})
    assert index(REVIEWS, settings=inside).embedded == system.vector_count()
    assert index(REVIEWS, settings=inside).embedded == 0
    assert not settings.store.path.exists()
    with QASystem.open(settings=inside) as on_cluster:
        assert on_cluster.vector_count() == system.vector_count()
        for retriever in ("dense", "hybrid"):
            asked = {"item_id": "HP-100", "retriever": retriever, "top_k": 5}
            ours, theirs = (
                on_cluster.search("Is the bass any good?", **asked),
                system.search("Is the bass any good?", **asked),
            )
            assert len({found.id for found in ours} & {found.id for found in theirs}) >= 4
        with pytest.raises(StoreError, match="made with the encoder"):
            vectors_of(on_cluster.store).search(AnotherEncoder())


class AnotherEncoder:
    identity = EncoderIdentity("another", "another", "0" * 64, "0" * 64)
