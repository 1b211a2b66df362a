"""One typed model of every setting: defaults < `qa.toml` < `QA_*` environment < flags."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from qa_system.errors import SettingsError

CONFIG_FILE = Path("qa.toml")
ENV_PREFIX = "QA_"
TEST_ENV_PREFIX = "QA_TEST_"
"""Variables that steer the test suite and are no settings."""

IndexKind = Literal["auto", "flat", "hnsw", "ivf", "ivf-sq8", "ivf-pq"]
RetrieverName = Literal["auto", "bm25", "dense", "hybrid"]
RuntimeName = Literal["auto", "torch", "onnx", "onnx-int8"]
GeneratorName = Literal["rag", "llm"]


class Section(BaseModel):
    """A table of `qa.toml`; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSettings(Section):
    """Where the reviews are kept."""

    path: Path = Field(
        Path("reviews.qa"), description="folder of the embedded store; with a url, of the vectors kept on this machine"
    )
    url: str | None = Field(
        None, description="Elasticsearch to use instead; several nodes of one cluster with commas between them"
    )
    language: str | None = Field(
        None, description="language the words are stemmed by; a new store is English without it"
    )

    @property
    def address(self) -> str:
        """Where the reviews are: the URL, else the folder."""
        return self.url or str(self.path)


class ElasticsearchSettings(Section):
    """
    The index on a cluster, how it is reached, and how it is loaded.

    Secrets are never settings: they come from the variables named here.
    """

    index: str = Field(
        "reviews", pattern=r"^[a-z0-9][a-z0-9_-]*$", description="name the reviews are found by: an alias"
    )
    shards: int = Field(1, ge=1, description="shards of a new index")
    replicas: int = Field(1, ge=0, description="copies of each shard, as far as there are nodes for them")
    username: str = Field("elastic", description="user, where a password is given")
    password_variable: str = Field("ELASTIC_PASSWORD", description="environment variable that holds the password")
    api_key_variable: str = Field(
        "ELASTIC_API_KEY", description="environment variable that holds an API key, which wins over a password"
    )
    ca_certs: Path | None = Field(None, description="PEM file of the authority that signed the cluster's certificate")
    fingerprint: str | None = Field(None, description="SHA-256 of that certificate, instead of the file")
    timeout: float = Field(30, gt=0, description="seconds a request may take")
    patience: float = Field(300, ge=0, description="seconds a write goes on trying while the cluster is busy or away")
    workers: int = Field(4, ge=1, description="requests of an indexing job that are under way at once")
    bulk_documents: int = Field(1000, ge=1, description="most passages in a request")
    bulk_bytes: int = Field(5_000_000, ge=1000, description="most bytes in a request, unless one passage has more")
    vectors: bool = Field(
        False, description="keep the vectors in the cluster and search them there, instead of in files on this machine"
    )
    relax_replicas: bool = Field(
        False, description="load a new index without replicas: quicker, but a node that is lost takes passages along"
    )
    dead_letters: Path = Field(Path("dead-letters.jsonl"), description="file for the passages that the cluster refuses")


class IndexingSettings(Section):
    """How reviews become passages."""

    passage_chars: int = Field(1000, ge=100, description="longest passage, in characters")
    passage_overlap: int = Field(200, ge=0, description="characters that neighbouring passages share")
    batch_size: int = Field(10_000, ge=1, description="reviews written in one atomic step")
    vectors: bool = Field(True, description="also embed the passages, for dense and hybrid retrieval")
    processes: int = Field(1, ge=1, description="processes that embed on a CPU; one has threads on all cores")

    @model_validator(mode="after")
    def _overlap_is_shorter_than_half_a_passage(self) -> "IndexingSettings":
        if self.passage_overlap > self.passage_chars // 2:
            raise ValueError(
                f"passage_overlap is {self.passage_overlap}, it has to be at most half of passage_chars "
                f"({self.passage_chars // 2})"
            )
        return self


class RetrievalSettings(Section):
    """How passages are found."""

    retriever: RetrieverName = Field("auto", description="auto is hybrid where the store has vectors, else bm25")
    top_k: int = Field(10, ge=1, le=1000, description="passages handed to the reader")
    fusion: Literal["rrf", "scores"] = Field(
        "rrf", description="how hybrid joins two rankings: by their ranks (reciprocal rank fusion) or scaled scores"
    )
    dense_weight: float = Field(0.5, ge=0, le=1, description="share of the dense ranking in hybrid; BM25 has the rest")
    reranker: str | None = Field(
        None, description="cross-encoder that puts passages in order, a folder or Hugging Face model; none for none"
    )
    rerank_depth: int = Field(30, ge=1, le=1000, description="passages that the reranker reads")
    rerank_device: str | None = Field(
        None, description="torch device of the reranker; none is a GPU where there is one"
    )


class DenseSettings(Section):
    """The encoder of the dense index."""

    query_encoder: str | None = Field(
        None,
        description="sentence-transformers name or folder; none is the one that made the index, else the bundled",
    )
    passage_encoder: str | None = Field(None, description="second encoder of a DPR pair; none shares the query encoder")
    device: str | None = Field(None, description="torch device of the encoder; none is a GPU where there is one")
    index: IndexKind = Field(
        "auto",
        description="search over all vectors: flat, hnsw, ivf, ivf-sq8 or ivf-pq; auto is what was tuned, else by size",
    )
    nprobe: int | None = Field(None, ge=1, description="lists that a search in an IVF reads; none is what was tuned")
    ef_search: int | None = Field(
        None, ge=1, description="candidates that a search in an HNSW keeps; none is what was tuned"
    )
    runtime: RuntimeName = Field(
        "auto",
        description="what runs the encoder: torch, onnx or onnx-int8; auto is onnx-int8 on a CPU, torch elsewhere",
    )


class ReaderSettings(Section):
    """The reader that marks the answers."""

    model: str = Field("minilm-review-reader", description="bundled name, folder, or Hugging Face model")
    top_k: int = Field(3, ge=1, le=100, description="answers shown")
    question_style: Literal["opinion", "plain", "auto"] = Field(
        "opinion", description="how a question is put to the reader: as one of opinion, of fact, or by its words"
    )
    max_seq_length: int | None = Field(
        None, ge=32, description="longest window, in tokens; none is what the model was trained on, else 384"
    )
    stride: int | None = Field(
        None, ge=0, description="tokens that neighbouring windows share; none is a third of a window"
    )
    device: str | None = Field(None, description="torch device of the reader; none is a GPU where there is one")
    runtime: RuntimeName = Field(
        "auto",
        description="what runs the model: torch, onnx or onnx-int8; auto is onnx-int8 on a CPU, torch elsewhere",
    )


class GenerationSettings(Section):
    """How answers are written, and how much of them is kept."""

    generator: GeneratorName = Field(
        "rag", description="what writes answers: rag (the passages marginalised) or llm (a chat model that cites)"
    )
    min_support: float = Field(
        0.4,
        ge=0,
        le=1,
        description="support by the reviews below which a written sentence is withheld; 0 withholds none",
    )


class ConsensusSettings(Section):
    """How it is found what reviewers agree on."""

    passages: int = Field(200, ge=1, le=10_000, description="passages of an item that are read at most")
    min_score: float = Field(
        0.25, ge=0, le=1, description="probability that a span answers the question from which its reviewer is counted"
    )
    least_cosine: float = Field(0.55, ge=0, le=1, description="cosine of two spans from which they state the same fact")
    model: str = Field(
        "minilm-review-opinions", description="what tells good opinions from bad ones: bundled name or folder"
    )
    device: str | None = Field(None, description="torch device of that model; none is a GPU where there is one")
    keep: bool = Field(True, description="keep what was found beside the store until the item's reviews change")


class RAGSettings(Section):
    """The generator that is trained for it."""

    model: str = Field("minilm-review-generator", description="bundled name, folder, or Hugging Face model")
    variant: Literal["token", "sequence"] | None = Field(
        None, description="RAG-Token or RAG-Sequence; none is what the model was trained as"
    )
    score_scale: Literal["inner_product", "relative"] | None = Field(
        None,
        description="what weighs passages: their scores as they are, or relative; none is as the model was trained",
    )
    num_beams: int = Field(4, ge=1, le=100, description="beams of the search for an answer")
    max_tokens: int = Field(40, ge=1, description="longest answer, in tokens")
    length_penalty: float = Field(1.0, ge=0, description="the higher, the longer the answers; 0 prefers the likeliest")
    no_repeat_ngram_size: int = Field(3, ge=0, description="so many tokens in a row are not written twice; 0 lets them")
    answers: int = Field(1, ge=1, le=100, description="answers shown; at most as many as there are beams")
    device: str | None = Field(None, description="torch device of the generator; none is a GPU where there is one")


class LLMSettings(Section):
    """
    The chat model.

    Its key is never a setting: it comes from the variable named here.
    """

    model: str | None = Field(
        None,
        description="name of a chat model at `llm.base_url`; without that a folder or Hugging Face model, run here",
    )
    base_url: str | None = Field(None, description="OpenAI-compatible endpoint, such as http://localhost:11434/v1")
    key_variable: str = Field(
        "OPENAI_API_KEY", description="environment variable that holds the endpoint's key, if any"
    )
    timeout: float = Field(60, gt=0, description="seconds to wait for the endpoint's next words")
    max_retries: int = Field(2, ge=0, description="how often to try again where the endpoint fails")
    max_tokens: int = Field(300, ge=1, description="longest answer, in tokens")
    temperature: float | None = Field(
        None, ge=0, description="none is the endpoint's own; a model that runs here takes the likeliest words then"
    )
    device: str | None = Field(None, description="torch device of a model run here; none is a GPU where there is one")


class UISettings(Section):
    """The search page."""

    max_upload_mb: int = Field(100, ge=0, description="largest file a visitor may upload; 0 takes none")
    readers: list[str] = Field([], description="readers to choose from, besides `reader.model`")
    reports: Path = Field(Path("report"), description="folder of the reports of `qa eval`")


class Settings(BaseSettings):
    """
    Every setting of the system.

    In `qa.toml` each section is a table (`[retrieval]` with `top_k = 20`), in the environment `QA_RETRIEVAL__TOP_K=20`.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    store: StoreSettings = StoreSettings()
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    indexing: IndexingSettings = IndexingSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    dense: DenseSettings = DenseSettings()
    reader: ReaderSettings = ReaderSettings()
    generation: GenerationSettings = GenerationSettings()
    consensus: ConsensusSettings = ConsensusSettings()
    rag: RAGSettings = RAGSettings()
    llm: LLMSettings = LLMSettings()
    ui: UISettings = UISettings()


def load_settings(config: Path | None = None, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> Settings:
    """
    Gather the settings from file, environment and flags.

    :param config: The TOML file; None reads `qa.toml` of the working folder where there is one.
    :param overrides: Values that win over all else, by section: `{"retrieval": {"top_k": 20}}`. A value of None says
        nothing.
    :returns: The validated settings.
    :raises SettingsError: If the named file is missing or no TOML, a key is unknown, or a value is not allowed.
    """
    if config is not None and not config.is_file():
        raise SettingsError(
            f"There is no settings file {config}. Leave out --config to use {CONFIG_FILE} or the defaults."
        )
    _refuse_unknown_variables()
    said = {
        section: {key: value for key, value in values.items() if value is not None}
        for section, values in (overrides or {}).items()
    }
    given: dict[str, Any] = {section: values for section, values in said.items() if values}
    try:
        return _settings_reading(config or CONFIG_FILE)(**given)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(problem) for problem in error.errors())) from error
    except ValueError as error:  # tomllib.TOMLDecodeError, or JSON where a variable should hold some
        raise SettingsError(f"The settings of {config or CONFIG_FILE} or of QA_* could not be read: {error}") from error


def setting_names() -> list[str]:
    """
    Name every setting.

    :returns: Dotted names as in `qa.toml`: `["store.path", …]`.
    """
    return [
        f"{section}.{key}"
        for section, field in Settings.model_fields.items()
        for key in field.annotation.model_fields  # type: ignore[union-attr]
    ]


def _settings_reading(config: Path) -> type[Settings]:
    class SettingsFromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config)

    return SettingsFromFile


def _refuse_unknown_variables() -> None:
    """pydantic-settings reads the variables it knows and overlooks misspelt ones."""
    known = {_variable(name) for name in setting_names()}
    for variable in _setting_variables():
        if variable not in known:
            raise SettingsError(_unknown(f"environment variable {variable}", variable, sorted(known)))


def _variable(setting: str) -> str:
    return ENV_PREFIX + setting.upper().replace(".", "__")


def _setting_variables() -> Iterator[str]:
    for variable in map(str.upper, os.environ):
        if variable.startswith(ENV_PREFIX) and not variable.startswith(TEST_ENV_PREFIX):
            yield variable


def _explain(problem: Any) -> str:
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return _unknown(f"setting {name}", name, setting_names())
    if problem["type"] == "value_error":  # of several settings together; what was found is in the message
        return f"Settings of {name}: {problem['ctx']['error']}."
    return f"Setting {name}: {problem['msg']}, not {problem['input']!r}."


def _unknown(what: str, name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"Unknown {what}.{hint} Valid are: {', '.join(known)}."
