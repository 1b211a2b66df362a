"""Settings -> Haystack components, and the pipeline that chains them."""

from typing import get_args

from haystack import Pipeline
from haystack.components.retrievers.types.protocol import TextRetriever
from haystack.utils import ComponentDevice, Secret

from qa_system.aspects.summarizer import AspectSummarizer
from qa_system.consensus.component import ConsensusBuilder
from qa_system.dense.layout import dense_folder
from qa_system.dense.retriever import DenseRetriever
from qa_system.dense.vectors import encoder_of, vectors_of
from qa_system.errors import SettingsError, StoreError
from qa_system.generation.checker import AnswerChecker
from qa_system.generation.llm import LLMGenerator
from qa_system.generation.protocol import AnswerGenerator
from qa_system.generation.rag import RAGGenerator
from qa_system.hybrid import HybridRetriever
from qa_system.reading.locator import ReviewLocator
from qa_system.reading.reader import Reader
from qa_system.reranking import RerankingRetriever
from qa_system.settings import GeneratorName, RetrieverName, Settings
from qa_system.stores.protocol import ReviewStore
from qa_system.stores.retriever import BM25Retriever

RETRIEVERS: tuple[str, ...] = get_args(RetrieverName)
GENERATORS: tuple[str, ...] = get_args(GeneratorName)


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


def generation_pipeline(store: ReviewStore, settings: Settings) -> Pipeline:
    """
    Chain all from the question to a written answer whose sentences were checked.

    :param store: The document store.
    :param settings: Retriever, generator and reader.
    :returns: A pipeline of `retriever` (takes `query`, `filters`, `top_k`), `generator` (takes `query`) and `checker`
        (takes `query`; gives `answers` and `no_answer_score`).
    :raises StoreError: If the retriever needs a dense index and the store has none.
    :raises SettingsError: If the settings name no chat model, and one is to write.
    """
    name = settings.generation.generator
    pipeline = Pipeline()
    pipeline.add_component("retriever", make_retriever(store, settings, settings.retrieval.retriever))
    pipeline.add_component("generator", make_generator(settings, name))
    pipeline.add_component("checker", make_checker(store, settings, name, make_reader(settings)))
    pipeline.connect("retriever.documents", "generator.documents")
    pipeline.connect("retriever.documents", "checker.documents")
    pipeline.connect("generator.answers", "checker.answers")
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
        device=_device(reader.device, "reader"),
        runtime=reader.runtime,
    )


def make_generator(settings: Settings, name: str) -> AnswerGenerator:
    """
    Make a generator; its weights are loaded, or its endpoint is asked, at first use.

    :param settings: The settings.
    :param name: One of `GENERATORS`.
    :returns: The generator.
    :raises SettingsError: If there is no generator of that name, no chat model is named, or a device is none.
    """
    match name:
        case "rag":
            return _rag_generator(settings)
        case "llm":
            return _llm_generator(settings)
        case _:
            raise SettingsError(f"There is no generator {name!r}. Valid are: {', '.join(GENERATORS)}.")


def make_checker(store: ReviewStore, settings: Settings, generator: str, reader: Reader) -> AnswerChecker:
    """
    Make what checks the answers of a generator.

    :param store: The document store.
    :param settings: The settings.
    :param generator: Name of the generator.
    :param reader: What finds answers in passages.
    :returns: The checker.
    """
    return AnswerChecker(
        reader,
        store,
        cited=generator == "llm",
        min_support=settings.generation.min_support,
        language=store.language,
        top_k=settings.rag.answers if generator == "rag" else None,
    )


def make_consensus(store: ReviewStore, settings: Settings) -> ConsensusBuilder:
    """
    Make what finds out on what reviewers agree; its models are loaded at first use.

    :param store: The document store, whose encoder tells which spans say the same.
    :param settings: The settings.
    :returns: The component.
    :raises SettingsError: If a setting is out of bounds, or its device is none.
    :raises StoreError: If the vectors of the store are damaged.
    """
    consensus = settings.consensus
    return ConsensusBuilder(
        consensus.model,
        encoder=encoder_of(vectors_of(store), settings.dense).passage_model,
        min_score=consensus.min_score,
        least_cosine=consensus.least_cosine,
        device=_device(consensus.device, "consensus"),
    )


def make_summarizer(store: ReviewStore, settings: Settings) -> AspectSummarizer:
    """
    Make what sums up the reviews of an item; its models are loaded at first use.

    :param store: The document store, whose encoder tells which words mean the same.
    :param settings: The settings.
    :returns: The component.
    :raises SettingsError: If its device is none.
    :raises StoreError: If the vectors of the store are damaged.
    """
    return AspectSummarizer(
        settings.consensus.model,
        encoder=encoder_of(vectors_of(store), settings.dense).passage_model,
        device=_device(settings.consensus.device, "consensus"),
        language=store.language,
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


def _rag_generator(settings: Settings) -> RAGGenerator:
    rag = settings.rag
    if rag.answers > rag.num_beams:
        raise SettingsError(f"rag.answers is {rag.answers}, it has to be at most rag.num_beams, {rag.num_beams}.")
    return RAGGenerator(
        rag.model,
        variant=rag.variant,
        score_scale=rag.score_scale,
        num_beams=rag.num_beams,
        max_new_tokens=rag.max_tokens,
        length_penalty=rag.length_penalty,
        no_repeat_ngram_size=rag.no_repeat_ngram_size,
        answers=rag.num_beams,  # the checker chooses among them
        device=_device(rag.device, "rag"),
    )


def _llm_generator(settings: Settings) -> LLMGenerator:
    llm = settings.llm
    if llm.model is None:
        raise SettingsError(
            "No chat model is named. Set llm.model (QA_LLM__MODEL), and llm.base_url where an endpoint such as "
            "http://localhost:11434/v1 runs it; or let the generator 'rag' write."
        )
    return LLMGenerator(
        llm.model,
        base_url=llm.base_url,
        api_key=Secret.from_env_var(llm.key_variable, strict=False),
        timeout=llm.timeout,
        max_retries=llm.max_retries,
        max_tokens=llm.max_tokens,
        temperature=llm.temperature,
        device=_device(llm.device, "llm"),
    )


def _device(name: str | None, section: str) -> ComponentDevice | None:
    try:
        return ComponentDevice.from_str(name) if name else None
    except ValueError as error:
        raise SettingsError(
            f"Setting {section}.device: {error}. Valid are cpu, cuda, cuda:1, mps and the like."
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
