"""The weights of a model in groups that learn alike: by their layer, and by whether they decay."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def parameter_groups(model: Any, *, weight_decay: float, layer_decay: float = 1.0) -> list[dict[str, Any]]:
    """
    Group the weights for an optimizer.

    The head learns at the full rate, each layer below at `layer_decay` times the rate of the one above it, the
    embeddings slowest (Sun et al., 2019, section 5.3.4). Biases and norms are spared the weight decay (Loshchilov and
    Hutter, ICLR 2019, as BERT is fine-tuned).

    :param model: Any encoder with a head; with a `layer_decay` of 1 any model.
    :param weight_decay: Of matrices.
    :param layer_decay: How many times the rate of the layer above a layer learns at.
    :returns: For each group `params`, `weight_decay`, and as `scale` how many times the learning rate it learns at.
    """
    groups: dict[tuple[float, bool], list[Any]] = defaultdict(list)
    for weights, below in _distances(model):
        groups[layer_decay**below, weights.ndim > 1].append(weights)
    return [
        {"params": params, "weight_decay": weight_decay if is_matrix else 0.0, "scale": scale}
        for (scale, is_matrix), params in groups.items()
    ]


def _distances(model: Any) -> Iterator[tuple["torch.nn.Parameter", int]]:
    """
    Count for all weights how many layers they lie below the head.

    Whatever the family of the model, its layers are the largest of its lists of modules; what it registers before them
    are embeddings, and what after them, a head.
    """
    layers = _layers(model)
    top = len(layers) + 1
    levels = {weights: level for level, layer in enumerate(layers, 1) for weights in layer.parameters()}
    outside = 0 if levels else top
    for weights in model.parameters():
        if weights in levels:
            outside = top
        yield weights, top - levels.get(weights, outside)


def _layers(model: Any) -> Any:
    from torch.nn import ModuleList

    lists = (module for module in model.modules() if isinstance(module, ModuleList))
    return max(lists, key=lambda layers: sum(weights.numel() for weights in layers.parameters()), default=())
