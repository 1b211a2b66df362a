"""What a training of an encoder starts from, and the folders that it becomes."""

import shutil
from copy import deepcopy
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_system.dense.model_files import UNTUNED_MODEL, model_folder
from qa_system.errors import ModelError, SettingsError
from qa_system.training.base import attention, check_window, dropouts, quietly
from qa_system.training.dense.checkpoints import replace_folder
from qa_system.training.dense.recipe import DenseRecipe

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

PAIR = {"query": "query", "passage": "document"}
"""Folder of each encoder of a pair, and what sentence-transformers calls its route."""

_NEEDED = ("accelerate", "datasets")


def check_packages() -> None:
    """
    Make sure that what trains encoders is installed.

    :raises SettingsError: It is not.
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise SettingsError(
            f"Training an encoder needs {' and '.join(missing)}. Install them: pip install 'qa-system[train]'"
        )


@dataclass(frozen=True, slots=True)
class Base:
    """
    What a training starts from.

    :param model: The encoder in float32, which reads as many tokens at once as the recipe says.
    :param max_seq_length: How many it reads otherwise, and is to read when it is saved.
    """

    model: "SentenceTransformer"
    max_seq_length: int


def load_base(name: str, recipe: DenseRecipe, device: "torch.device") -> Base:
    """
    Load an encoder to train it.

    :param name: `all-MiniLM-L6-v2` (bundled), a folder, or a name on the Hugging Face hub: of a sentence-transformers
        model, or of any other encoder, which then gets the pooling of the recipe.
    :param recipe: How it is trained; where it says `pair`, both begin as the base.
    :param device: Where it is trained.
    :returns: The encoder.
    :raises ModelError: It cannot be loaded.
    :raises SettingsError: It reads fewer tokens at once than the recipe says.
    """
    from safetensors import SafetensorError

    try:
        with quietly():
            model = _loaded(model_folder(name), recipe, device)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the base {name!r} cannot be loaded: {error}\nA base is {UNTUNED_MODEL!r} (bundled, needs no network), a "
            "folder with a sentence-transformers model or another encoder, or the name of one on the Hugging Face hub, "
            "which has to be reachable."
        ) from error
    longest = model.max_seq_length or recipe.max_seq_length
    check_window(f"the base {name!r}", longest, recipe.max_seq_length)
    model.max_seq_length = recipe.max_seq_length
    return Base(_doubled(model) if recipe.pair else model, longest)


def save_encoder(folder: Path, model: "SentenceTransformer", *, max_seq_length: int) -> None:
    """
    Save an encoder in half precision as `Encoder` loads it; of a pair each in a folder of its own.

    :param folder: Where to; what is there is replaced when all is written.
    :param model: The encoder; it is not changed.
    :param max_seq_length: How many tokens it shall read at once.
    """
    written = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(written, ignore_errors=True)
    with quietly():
        for name, encoder in _parts(deepcopy(model).half()).items():
            encoder.max_seq_length = max_seq_length
            encoder.save(str(written / name), create_model_card=False)
    replace_folder(folder, written)


def load_saved(folder: Path, device: "torch.device") -> "SentenceTransformer":
    """
    Load what `save_encoder` saved, in float32.

    :param folder: The folder.
    :param device: Where it runs.
    :returns: The encoder, or the pair as one.
    """
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router

    def part(name: str) -> Any:
        return SentenceTransformer(str(folder / name), device=str(device), model_kwargs={"dtype": "float32"})

    with quietly():
        if not (folder / "query").is_dir():
            return part(".")
        modules = {route: list(part(name).children()) for name, route in PAIR.items()}
        return SentenceTransformer(modules=[Router(modules)], device=str(device))


def _loaded(folder: Path, recipe: DenseRecipe, device: "torch.device") -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import AutoConfig

    kwargs: dict[str, Any] = {"dtype": "float32", "attn_implementation": attention(device)}
    config = dropouts(AutoConfig.from_pretrained(folder).to_dict(), recipe.dropout)
    if (folder / "modules.json").exists():
        return SentenceTransformer(str(folder), device=str(device), model_kwargs=kwargs, config_kwargs=config)
    transformer = Transformer(str(folder), model_kwargs=kwargs, config_kwargs=config)
    pooling = Pooling(transformer.get_embedding_dimension(), recipe.pooling)
    return SentenceTransformer(modules=[transformer, pooling], device=str(device))


def _doubled(model: "SentenceTransformer") -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router

    modules: dict[str, Any] = {route: list(deepcopy(model).children()) for route in PAIR.values()}
    return SentenceTransformer(modules=[Router(modules)], device=str(model.device))


def _parts(model: "SentenceTransformer") -> dict[str, "SentenceTransformer"]:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router

    router = model[0]
    if not isinstance(router, Router):
        return {".": model}
    routes: Any = router.sub_modules
    return {name: SentenceTransformer(modules=list(routes[route]), device="cpu") for name, route in PAIR.items()}
