"""What a generator is to quote: some tokens of a disturbed review, marked as an encoder marks an answer."""

from collections.abc import Sequence
from random import Random

import torch
from torch import Tensor

from qa_system.training.generator.locating import NOWHERE, Place


def place_to_quote(tokens: Sequence[int], special: frozenset[int], random: Random) -> Place:
    """
    Choose what is quoted.

    :param tokens: What is read.
    :param special: Tokens that are not quoted: masks, and those at the beginning and the end.
    :param random: The source of chance.
    :returns: The first and the last token, with no special one between them; `NOWHERE` where all are special.
    """
    begins = [place for place, token in enumerate(tokens) if token not in special]
    if not begins:
        return NOWHERE
    first = random.choice(begins)
    over = next(place for place in range(first, len(tokens) + 1) if place == len(tokens) or tokens[place] in special)
    return first, random.randrange(first, over)


def marking(places: Sequence[Place], tokens: int, random: Random) -> Tensor:
    """
    Mark places as a head does that is more or less sure of them: what it is not sure of is that there is an answer.

    :param places: One of each text.
    :param tokens: How long the longest text is.
    :param random: Decides how sure.
    :returns: Logits as of `MarkedOutput`.
    """
    sure = torch.tensor([random.uniform(0, 1) for _ in places])
    said = torch.zeros(len(places), tokens, 2)
    said[:, 0] = (1 - sure).unsqueeze(-1)
    said.scatter_add_(1, torch.tensor(places).unsqueeze(1), sure.view(-1, 1, 1).expand(-1, 1, 2))
    return said.log()
