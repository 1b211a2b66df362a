import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from qa_system.consensus.agreement import agree
from qa_system.consensus.stance import Polarities
from qa_system.consensus.stored import read_consensus, stored_answers, stored_consensus
from qa_system.reviews import review_key


def test_a_consensus_comes_back_from_json(model: Polarities, encode: Callable, answer: Callable) -> None:
    found = [answer("1", "great bass", "A great bass indeed."), answer("2", "weak bass")]
    consensus = agree("?", found, model=model, encode=encode)
    stored = json.loads(json.dumps(stored_consensus(consensus)))
    assert "indeed" not in json.dumps(stored)
    reviews = {review_key(one.document): one.document for one in found}
    assert read_consensus(stored, "?", reviews) == consensus
    with pytest.raises(KeyError):
        read_consensus(stored, "?", {})


def test_only_what_stands_in_a_review_has_a_place(answer: Callable) -> None:
    lost = replace(answer("1", "great bass"), document=None)
    with pytest.raises(ValueError, match="stands in a review"):
        stored_answers([lost])
