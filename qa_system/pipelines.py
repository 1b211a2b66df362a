"""Settings -> Haystack components, and the pipeline that chains them."""

from typing import get_args

from haystack import Pipeline
from haystack.components.retrievers.types.protocol import TextRetriever
from haystack.utils import ComponentDevice

from qa_system.dense.layout import dense_folder
from qa_system.dense.retriever import DenseRetriever
from qa_system.dense.vectors import vectors_of
from qa_system.errors import SettingsError, StoreError
from qa_system.hybrid import HybridRetriever
from qa_system.reading.locator import ReviewLocator
from qa_system.reading.reader import Reader
from qa_system.reranking import RerankingRetriever
from qa_system.settings import RetrieverName, Settings
from qa_system.stores.protocol import ReviewStore
from qa_system.stores.retriever import BM25Retriever

RETRIEVERS: tuple[str, ...] = get_args(RetrieverName)


def qa_pipeline(store: ReviewStore, settings: Settings) -> Pipeline:
    """
    Chain all from the question to the answers in their reviews, to be dumped to YAML or built into a larger pipeline.

    :param store: The document store.
    :param settings: Retriever, encoder and reader.
    :returns: A pipeline of `retriever` (takes `query`, `filters`, `top_k`), `reader` (takes `query`) and `locator`
        (gives `answers`).
    :raises StoreError: If the retriever needs a dense index and the store has none.
    """
    pipeline = Pipeline()
    pipeline.add_component("retriever", make_retriever(store, settings, settings.retrieval.retriever))
    pipeline.add_component("reader", make_reader(settings))
    pipeline.add_component("locator", ReviewLocator(store))
    pipeline.connect("retriever.documents", "reader.documents")
    pipeline.connect("reader.answers", "locator.answers")
    return pipeline


def make_retriever(store: ReviewStore, settings: Settings, name: str) -> TextRetriever:
    """
    Make a retriever.

    :param store: The document store.
    :param settings: Encoder and number of passages.
    :param name: One of `RETRIEVERS`; `auto` is hybrid where the store has vectors, else BM25.
    :returns: The retriever; models are loaded at first use.
    :raises SettingsError: If there is no retriever of that name.
    :raises StoreError: If it needs a dense index and the store has none.
    """
    resolved, retrieval = resolved_retriever(store, name), settings.retrieval
    found = _first_stage(store, settings, resolved)
    if retrieval.reranker is None:
        return found
    return RerankingRetriever(
        found,
        retrieval.reranker,
        name=resolved,
        depth=retrieval.rerank_depth,
        top_k=retrieval.top_k,
        device=retrieval.rerank_device,
    )


def resolved_retriever(store: ReviewStore, name: str) -> str:
    """
    Tell which retriever a name means for a store.

    :param store: The document store.
    :param name: One of `RETRIEVERS`.
    :returns: `bm25`, `dense` or `hybrid`.
    :raises SettingsError: If there is no retriever of that name.
    :raises StoreError: If it needs a dense index and the store has none.
    """
    check_retriever(name)
    if has_vectors(store):
        return "hybrid" if name == "auto" else name
    if name in ("dense", "hybrid"):
        raise StoreError(
            f"The store {store.address} has no vectors, which the retriever {name!r} needs. "
            "Run `qa index` on its reviews without --no-vectors, or use the retriever 'bm25'."
        )
    return "bm25"


def has_vectors(store: ReviewStore) -> bool:
    """
    Tell whether a store can be searched by vectors.

    :param store: The document store.
    :returns: Whether vectors were made, wherever they are kept.
    """
    return vectors_of(store).exist()


def check_retriever(name: str) -> None:
    """
    Refuse an unknown retriever.

    :param name: One of `RETRIEVERS`.
    :raises SettingsError: If there is no retriever of that name.
    """
    if name not in RETRIEVERS:
        raise SettingsError(f"There is no retriever {name!r}. Valid are: {', '.join(RETRIEVERS)}.")


def make_reader(settings: Settings) -> Reader:
    """
    Make the reader that the settings name; its weights are loaded at first use.

    :param settings: The settings.
    :returns: The reader.
    :raises SettingsError: If its device or its runtime is not one, or the two do not go together.
    """
    reader = settings.reader
    return Reader(
        model=reader.model,
        top_k=reader.top_k,
        question_style=reader.question_style,
        max_seq_length=reader.max_seq_length,
        stride=reader.stride,
        device=_device(reader.device),
        runtime=reader.runtime,
    )


def _first_stage(store: ReviewStore, settings: Settings, name: str) -> TextRetriever:
    retrieval = settings.retrieval
    match name:
        case "bm25":
            return BM25Retriever(store, top_k=retrieval.top_k)
        case "dense":
            return _dense_retriever(store, settings)
        case _:
            return HybridRetriever(
                {"bm25": BM25Retriever(store), "dense": _dense_retriever(store, settings)},
                fusion=retrieval.fusion,
                weights={"bm25": 1 - retrieval.dense_weight, "dense": retrieval.dense_weight},
                top_k=retrieval.top_k,
            )


def _device(name: str | None) -> ComponentDevice | None:
    try:
        return ComponentDevice.from_str(name) if name else None
    except ValueError as error:
        raise SettingsError(
            f"Setting reader.device: {error}. Valid are cpu, cuda, cuda:1, mps and the like."
        ) from error


def _dense_retriever(store: ReviewStore, settings: Settings) -> DenseRetriever:
    return DenseRetriever(
        store,
        None if store.keeps_vectors else dense_folder(store.path),
        query_model=settings.dense.query_encoder,
        passage_model=settings.dense.passage_encoder,
        device=settings.dense.device,
        runtime=settings.dense.runtime,
        nprobe=settings.dense.nprobe,
        ef_search=settings.dense.ef_search,
        top_k=settings.retrieval.top_k,
    )
