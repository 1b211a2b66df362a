"""Settings -> Haystack pipelines: retrieval alone, and retrieval with reading."""

from haystack import Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.utils import ComponentDevice

from qa_system.dense.layout import dense_folder
from qa_system.dense.retriever import DenseRetriever
from qa_system.reading.locator import ReviewLocator
from qa_system.reading.reader import Reader
from qa_system.settings import Settings
from qa_system.stores.embedded import EmbeddedDocumentStore
from qa_system.stores.retriever import BM25Retriever

RETRIEVERS = {"bm25": ("bm25",), "dense": ("dense",), "hybrid": ("bm25", "dense")}
"""The retrieving components of each retriever that a user can name."""


def retrieval_pipeline(store: EmbeddedDocumentStore, retriever: str, settings: Settings) -> Pipeline:
    """
    Chain what finds passages.

    :param store: The document store.
    :param retriever: A key of `RETRIEVERS`.
    :param settings: Encoder and number of passages.
    :returns: A pipeline whose retrievers, named as in `RETRIEVERS`, take `query`, `filters` and `top_k`. Of several,
        `joiner` fuses the rankings by reciprocal rank (Cormack et al., 2009).
    """
    pipeline = Pipeline()
    _add_retrieval(pipeline, store, retriever, settings)
    return pipeline


def qa_pipeline(store: EmbeddedDocumentStore, retriever: str, settings: Settings) -> Pipeline:
    """
    Chain all from the question to the answers in their reviews, to be dumped to YAML or built into a larger pipeline.

    :param store: The document store.
    :param retriever: A key of `RETRIEVERS`.
    :param settings: Retriever, encoder and reader.
    :returns: A pipeline of `retrieval_pipeline`'s components, then `reader`, which takes `query`, then `locator`, which
        gives `answers`.
    """
    pipeline = Pipeline()
    last = _add_retrieval(pipeline, store, retriever, settings)
    pipeline.add_component("reader", make_reader(settings))
    pipeline.add_component("locator", ReviewLocator(store))
    pipeline.connect(f"{last}.documents", "reader.documents")
    pipeline.connect("reader.answers", "locator.answers")
    return pipeline


def make_reader(settings: Settings) -> Reader:
    """
    Make the reader that the settings name; its weights are loaded at first use.

    :param settings: The settings.
    :returns: The reader.
    """
    reader = settings.reader
    return Reader(
        model=reader.model,
        top_k=reader.top_k,
        question_style=reader.question_style,
        max_seq_length=reader.max_seq_length,
        stride=reader.stride,
        device=ComponentDevice.from_str(reader.device) if reader.device else None,
    )


def _add_retrieval(pipeline: Pipeline, store: EmbeddedDocumentStore, retriever: str, settings: Settings) -> str:
    """Add the retrieving components and name the one that gives the final ranking."""
    names = RETRIEVERS[retriever]
    for name in names:
        pipeline.add_component(name, _retriever(name, store, settings))
    if len(names) == 1:
        return names[0]
    pipeline.add_component("joiner", DocumentJoiner("reciprocal_rank_fusion", top_k=settings.retrieval.top_k))
    for name in names:
        pipeline.connect(f"{name}.documents", "joiner.documents")
    return "joiner"


def _retriever(name: str, store: EmbeddedDocumentStore, settings: Settings) -> BM25Retriever | DenseRetriever:
    if name == "bm25":
        return BM25Retriever(store, top_k=settings.retrieval.top_k)
    return DenseRetriever(
        store,
        dense_folder(store.path),
        query_model=settings.dense.query_encoder,
        passage_model=settings.dense.passage_encoder,
        device=settings.dense.device,
        top_k=settings.retrieval.top_k,
    )
