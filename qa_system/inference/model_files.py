"""The name of a model -> the folder of its files."""

from pathlib import Path

from haystack.utils import Secret

from qa_system.models import bundled_model, bundled_models

_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")  # the first kind that a model has is the one that is loaded
_CONFIGURATION = ("*.json", "*.txt", "*.model", "*.jinja")


def find_model(model: str, token: Secret | None = None) -> Path:
    """
    Find the files of a model, downloading what is not on this machine yet.

    :param model: Name of a bundled model, a folder, or a name on the Hugging Face hub; looked for in this order.
    :param token: For private models of the hub.
    :returns: The folder.
    :raises OSError: The hub cannot be reached.
    :raises ValueError: It is no name that the hub could know.
    """
    if model in bundled_models():
        return bundled_model(model)
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download

    secret = token.resolve_value() if token else None
    for weights in _WEIGHTS:
        # It asks a hub that cannot be reached once, where each `from_pretrained` of a name keeps trying for 23 seconds.
        folder = Path(snapshot_download(model, allow_patterns=[*_CONFIGURATION, weights], token=secret))
        if weight_files(folder):
            break
    return folder


def may_be_found(model: str) -> bool:
    """
    Tell, without asking the hub, whether `find_model` may find a model.

    :param model: As for `find_model`.
    :returns: Whether it is bundled, a folder, or named as models of the hub are, with an owner.
    """
    return model in bundled_models() or Path(model).is_dir() or "/" in model


def weight_files(folder: Path) -> list[Path]:
    """
    List the files that a model's weights are loaded from.

    :param folder: Folder of the model.
    :returns: The files of the first kind that there is; none if there is none.
    """
    kinds = (sorted(folder.glob(pattern)) for pattern in _WEIGHTS)
    return next((files for files in kinds if files), [])
