import pytest
import torch
import transformers

from qa_system.training.layers import parameter_groups

BERT = {"vocab_size": 50, "hidden_size": 8, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 16}
FAMILIES = {
    "Bert": BERT,
    "Roberta": BERT,
    "Electra": BERT | {"embedding_size": 4},
    "DebertaV2": BERT | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    "ModernBert": BERT | {"pad_token_id": 0},
    "DistilBert": {"vocab_size": 50, "dim": 8, "n_layers": 3, "n_heads": 2, "hidden_dim": 16},
}


def reader(family):
    config = getattr(transformers, f"{family}Config")(**FAMILIES[family])
    return getattr(transformers, f"{family}ForQuestionAnswering")(config)


def scales(model, groups):
    """Name -> how many times the learning rate a parameter learns at."""
    scale = {weights: group["scale"] for group in groups for weights in group["params"]}
    return {name: scale[weights] for name, weights in model.named_parameters()}


@pytest.mark.parametrize("family", FAMILIES)
def test_each_layer_learns_slower_than_the_one_above(family):
    model = reader(family)
    found = scales(model, parameter_groups(model, weight_decay=0.01, layer_decay=0.5))
    for layer, scale in enumerate((0.125, 0.25, 0.5)):
        inside = [value for name, value in found.items() if f"layer.{layer}." in name or f"layers.{layer}." in name]
        assert inside
        assert set(inside) == {scale}
    embeddings = [value for name, value in found.items() if "embeddings." in name and "rel_" not in name]
    assert embeddings
    assert set(embeddings) == {0.0625}
    assert {found["qa_outputs.weight"], found["qa_outputs.bias"]} == {1.0} if "qa_outputs.weight" in found else True


@pytest.mark.parametrize("layer_decay", [1.0, 0.9])
def test_every_parameter_is_in_one_group_and_only_matrices_decay(layer_decay):
    model = reader("Bert")
    groups = parameter_groups(model, weight_decay=0.1, layer_decay=layer_decay)
    grouped = [weights for group in groups for weights in group["params"]]
    assert len(grouped) == len(set(grouped)) == len(list(model.parameters()))
    assert all(group["weight_decay"] == (0.1 if group["params"][0].ndim > 1 else 0.0) for group in groups)
    assert len(groups) == (2 if layer_decay == 1.0 else 10)


def test_a_model_without_layers_learns_at_one_rate():
    groups = parameter_groups(torch.nn.Linear(2, 2), weight_decay=0.01, layer_decay=0.5)
    assert {group["scale"] for group in groups} == {1.0}
