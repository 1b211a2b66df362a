"""What tells one experiment from another: the header of its run."""

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_system.dense.model_files import model_folder, weight_files, weights_hash
from qa_system.dense.vectors import encoder_of, vectors_of
from qa_system.eval.dataset import fingerprint
from qa_system.eval.runs import Header, Kind
from qa_system.models import bundled_model, bundled_models
from qa_system.pipelines import make_reader
from qa_system.poll import VERSION
from qa_system.records import Question
from qa_system.settings import Settings
from qa_system.system import QASystem

if TYPE_CHECKING:
    from qa_system.eval.asking import Retrieval

_PACKAGES = ("qa-system", "haystack-ai", "torch", "transformers", "sentence-transformers", "tantivy", "faiss-cpu")


def header(
    questions: Sequence[Question],
    *,
    kind: Kind,
    source: str,
    settings: Settings,
    split: str | None = None,
    unlabelled: int = 0,
    retrieval: "Retrieval | None" = None,
) -> Header:
    """
    Describe an experiment.

    :param questions: What will be asked.
    :param kind: What is evaluated.
    :param source: Where the questions were read from.
    :param settings: They name the reader.
    :param split: The split chosen.
    :param unlabelled: Questions of the data that nobody judged; they are not asked.
    :param retrieval: How passages are found; None for a reader.
    :returns: The header, with those settings that steer this kind of experiment.
    :raises StoreError: If the retriever needs a dense index and the store has none.
    :raises ModelError: If a model cannot be loaded.
    """
    reads, agrees = kind != "retriever", kind == "consensus"
    parts = [*([retrieval.name] if retrieval else []), *map(_name, _models(settings, reads=reads, agrees=agrees))]
    return Header(
        kind=kind,
        system=" + ".join(parts),
        scope=retrieval.scope if retrieval else None,
        data={"path": source, "split": split, "sha256": fingerprint(questions), "unlabelled": unlabelled},
        questions=len(questions),
        settings=({"reader": settings.reader.model_dump()} if reads else {})
        | (_consensus_settings(settings) if agrees else {})
        | _retrieval_settings(retrieval),
        versions=_versions(),
        models=({"reader": reader_weights(settings)} if reads else {})
        | ({"opinions": opinion_weights(settings)} if agrees else {})
        | _encoder(retrieval, always=agrees),
        corpus=sum(retrieval.system.items().values()) if retrieval else None,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _models(settings: Settings, *, reads: bool, agrees: bool) -> list[str]:
    return [settings.reader.model] * reads + [settings.consensus.model] * agrees


def _name(model: str) -> str:
    return Path(model).name if Path(model).is_dir() else model


def _consensus_settings(settings: Settings) -> dict[str, dict[str, Any]]:
    """With the version of the rules: the same settings may have told something else before."""
    chosen = settings.consensus.model_dump(exclude={"passages", "keep"})
    return {"consensus": chosen | {"version": VERSION}}


def _retrieval_settings(retrieval: "Retrieval | None") -> dict[str, dict[str, Any]]:
    if retrieval is None:
        return {}
    system = retrieval.system
    sections: dict[str, dict[str, Any]] = {
        "retrieval": {"retriever": retrieval.name, "depth": retrieval.depth},
        "store": {"language": system.store.language, "passages": _passages(system)},
    }
    if retrieval.needs_vectors:
        sections |= {"dense": {**system.settings.dense.model_dump(), "vectors": system.vector_count()}}
    return sections


def _passages(system: QASystem) -> str:
    """Tell one corpus from another: passages have ids that hash their words."""
    return sha256("".join(sorted(system.store.ids_by_filter(None))).encode()).hexdigest()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # such as faiss-cpu beside its GPU build
            continue
    return found


def reader_weights(settings: Settings) -> Mapping[str, Any]:
    """
    Describe the weights of a reader.

    :param settings: They name it.
    :returns: `name`, `bytes`, `sha256`.
    :raises ModelError: If it cannot be loaded.
    """
    folder = _folder(settings.reader.model)
    return _weights(_name(settings.reader.model), [folder if folder.is_dir() else _hub_folder(settings)])


def opinion_weights(settings: Settings) -> Mapping[str, Any]:
    """
    Describe the weights of what tells good opinions from bad ones.

    :param settings: They name it.
    :returns: `name`, `bytes`, `sha256`.
    :raises ModelError: If it is not there.
    """
    return _weights(_name(settings.consensus.model), [_folder(settings.consensus.model)])


def _folder(model: str) -> Path:
    return bundled_model(model) if model in bundled_models() else Path(model)


def _hub_folder(settings: Settings) -> Path:
    from huggingface_hub import snapshot_download

    make_reader(settings).warm_up()  # which fetches it
    return Path(snapshot_download(settings.reader.model, local_files_only=True))


def _encoder(retrieval: "Retrieval | None", *, always: bool = False) -> dict[str, Mapping[str, Any]]:
    """What agrees on facts compares their vectors, whether or not any were searched."""
    if retrieval is None or not (always or retrieval.needs_vectors):
        return {}
    encoder = encoder_of(vectors_of(retrieval.system.store), retrieval.system.settings.dense)
    names = list(dict.fromkeys((encoder.query_model, encoder.passage_model)))
    return {"encoder": _weights(" with ".join(names), [model_folder(name) for name in names])}


def _weights(name: str, folders: Sequence[Path]) -> Mapping[str, Any]:
    size = sum(file.stat().st_size for folder in folders for file in weight_files(folder))
    return {"name": name, "bytes": size, "sha256": " with ".join(map(weights_hash, folders))}
