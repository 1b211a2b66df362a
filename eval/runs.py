"""What a run is: which experiment, what was predicted, and what asking took. `journal.py` keeps it on disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from qa_system.eval.predictions import Prediction

Kind = Literal["retriever", "reader", "pipeline", "generator", "consensus"]
Scope = Literal["item", "corpus"]


@dataclass(frozen=True, slots=True)
class Header:
    """
    What was run: headers that are equal but for `created` and the path of the data describe the same experiment.

    :param kind: What was evaluated.
    :param system: Its name in reports: `bm25`, `minilm-review-reader`, `hybrid + minilm-review-reader`.
    :param scope: Whether retrieval was within the item asked about or over the whole corpus; None for a reader.
    :param data: What was asked: `path`, `split`, `sha256` of questions and labels.
    :param questions: How many there are.
    :param settings: Everything that steers the system, by section.
    :param versions: Of this package and the libraries that matter.
    :param models: By part (`reader`, `encoder`): `name`, `bytes`, and `sha256` of the weights.
    :param corpus: How many reviews there were to retrieve from; None for a reader.
    :param created: When, ISO 8601 in UTC.
    """

    kind: Kind
    system: str
    scope: Scope | None
    data: Mapping[str, Any]
    questions: int
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    corpus: int | None = None
    created: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """
    One sitting of asking; an interrupted run has several.

    :param asked: Questions asked.
    :param seconds: Time spent, model loading not counted.
    :param peak_memory: Largest resident set of the process, in bytes.
    """

    asked: int
    seconds: float
    peak_memory: int


@dataclass(frozen=True, slots=True)
class Run:
    """
    A run as read from its file.

    :param header: What was run.
    :param predictions: In the order of the data.
    :param sessions: What asking took.
    """

    header: Header
    predictions: tuple[Prediction, ...]
    sessions: tuple[Session, ...] = ()
