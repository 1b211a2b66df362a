"""Single steps of a tiny reader."""

from copy import deepcopy
from random import Random

import numpy as np
import pytest
import torch
from haystack.utils import ComponentDevice

from qa_system.reading.inference import TorchRuntime
from qa_system.reading.windows import WindowCutter
from qa_system.training.base import load_base
from qa_system.training.features import Featurizer
from qa_system.training.learner import Learner
from qa_system.training.recipe import Recipe
from qa_system.training.sampling import Sample
from qa_system.training.span_loss import SpanLoss

RECIPE = Recipe(learning_rate=1e-2, max_seq_length=64, stride=16, ema_decay=0.5)
SAMPLES = [
    Sample("How is it?", "plain", "box red it perfect cable", (11, 18)),
    Sample("How is it?", "plain", "box red it cable", None),
]


@pytest.fixture
def make(tiny_base):
    def learner(recipe=RECIPE, seed=0):
        torch.manual_seed(seed)
        model, tokenizer = load_base(str(tiny_base), dropout=0.1, device=ComponentDevice.from_str("cpu").to_torch())
        loss = SpanLoss(model, TorchRuntime(model, tokenizer))
        return Learner(model, loss, recipe, layer_decay=recipe.layer_decay), model, tokenizer

    return learner


@pytest.fixture
def batch(make):
    _, _, tokenizer = make()
    cutter = WindowCutter(tokenizer.backend_tokenizer, max_seq_length=64, stride=16)
    (batch,) = Featurizer(cutter, {}, batch_tokens=512).batches(SAMPLES, Random(0))
    return batch


def test_the_loss_is_that_of_what_the_reader_chooses_from(make, batch, monkeypatch):
    # Where the processor knows bfloat16, the loss would have fewer digits than are compared.
    monkeypatch.setattr("qa_system.training.learner.floats", lambda device: torch.float32)
    learner, model, tokenizer = make()
    model.eval()
    starts, ends = TorchRuntime(model, tokenizer).logits(batch.windows)
    expected = []
    for logits, targets in ((starts, batch.starts), (ends, batch.ends)):
        for row, target, window in zip(logits, targets, batch.windows, strict=True):
            allowed = np.flatnonzero(window.context | (np.arange(len(window)) == 0))
            expected.append(np.log(np.exp(row[allowed]).sum()) - row[target])
    assert learner.learn(batch, 0.0) == pytest.approx(np.mean(expected), abs=1e-4)


def test_layers_learn_at_their_own_rates(make, batch):
    learner, model, _ = make(Recipe(layer_decay=0.1, weight_decay=0.0, max_seq_length=64, stride=16))
    before = {name: weights.detach().clone() for name, weights in model.named_parameters()}
    learner.learn(batch, 1e-3)
    moved = {name: (weights - before[name]).abs().max().item() for name, weights in model.named_parameters()}
    # The first step of Adam moves each weight by the learning rate, whatever the gradient.
    assert moved["qa_outputs.weight"] == pytest.approx(1e-3, rel=1e-2)
    assert moved["bert.encoder.layer.1.output.dense.weight"] == pytest.approx(1e-4, rel=1e-2)
    assert moved["bert.encoder.layer.0.output.dense.weight"] == pytest.approx(1e-5, rel=1e-2)
    assert moved["bert.embeddings.position_embeddings.weight"] == pytest.approx(1e-6, rel=1e-1)


def test_another_learner_goes_on_with_the_same_steps(make, batch):
    first, model, _ = make()
    first.learn(batch, 1e-2)
    state = deepcopy(first.state_dict())
    then = first.learn(batch, 1e-2)
    second, other, _ = make(seed=1)
    second.load_state_dict(state)
    assert second.learn(batch, 1e-2) == then
    for mine, its in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, its)


def test_a_state_from_a_machine_with_a_gpu_is_gone_on_from_without_one(make, batch):
    learner, _, _ = make()
    learner.learn(batch, 1e-2)
    state = learner.state_dict() | {"random_gpu": [torch.zeros(16, dtype=torch.uint8)] * 99}
    if torch.cuda.is_available():
        pytest.skip("there is one")
    learner.load_state_dict(state)
    assert learner.learn(batch, 1e-2) > 0
