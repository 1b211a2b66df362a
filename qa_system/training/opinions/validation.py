"""How well a saved model judges the validation samples, read as a user's texts are read."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
from haystack.utils import ComponentDevice

from qa_system.opinions.model import OpinionModel
from qa_system.reading.traits import ModelTraits
from qa_system.training.base import save_traits
from qa_system.training.opinions.log import Measured
from qa_system.training.opinions.material import Material
from qa_system.training.opinions.recipe import OpinionRecipe
from qa_system.training.opinions.sampling import Sample, balanced, contrasts
from qa_system.training.opinions.scoring import aspect_f1, fitted_temperature, macro_f1
from qa_system.training.opinions.statements import Tagged

CONTRASTS = "two opinions"


class OpinionValidator:
    """
    Judges validation samples with a saved model, calibrates it, and scores it.

    :param material: What to validate with.
    :param recipe: How the model was trained.
    :param device: Where the model runs.
    """

    def __init__(self, material: Material, recipe: OpinionRecipe, *, device: ComponentDevice) -> None:
        self.asked = asked(material, recipe.validation_samples, recipe.seed)
        self.tagged = some(material.tagged, recipe.validation_samples, recipe.seed)
        self._recipe = recipe
        self._device = device

    def score(self, folder: Path) -> Measured:
        """
        Calibrate a model and score it.

        :param folder: A model that this process has not loaded before; its traits are written.
        :returns: Its scores.
        :raises ModelError: It cannot be loaded.
        """
        save_traits(folder, ModelTraits(max_seq_length=self._recipe.max_seq_length))
        model = OpinionModel(folder, device=self._device, runtime="torch")
        samples = [one for each in self.asked.values() for one in each]
        found = model.polarities([(one.about, one.text) for one in samples])
        truth = np.array([one.polarity for one in samples])
        temperature = fitted_temperature(found, truth)
        save_traits(folder, ModelTraits(temperature=temperature, max_seq_length=self._recipe.max_seq_length))
        aspects = model.aspects([one.text for one in self.tagged])
        return Measured(macro_f1(truth, found.argmax(axis=1)), aspect_f1(self.tagged, aspects))


def asked(material: Material, most: int, seed: int) -> dict[str, list[Sample]]:
    """
    Choose samples to measure with, always the same ones, as many of each polarity.

    :param material: What to choose from.
    :param most: How many of each kind, at most.
    :param seed: Chooses.
    :returns: The samples, by kind.
    """
    random = Random(seed)
    chosen = {
        f"{kind}s": [
            Sample(random.choice(one.abouts or [""]), one.text, one.polarity)
            for one in dict.fromkeys(balanced(statements, min(most, len(statements)), random))
        ]
        for kind, statements in material.statements.items()
    }
    return {**chosen, CONTRASTS: list(contrasts(material.statements["opinion"], most, random))}


def some(tagged: Sequence[Tagged], most: int, seed: int) -> list[Tagged]:
    """
    Choose texts with aspects to measure with.

    :param tagged: What to choose from.
    :param most: How many, at most.
    :param seed: Chooses.
    :returns: The texts.
    """
    return Random(seed).sample(tagged, min(most, len(tagged)))
