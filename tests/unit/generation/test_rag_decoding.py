from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from qa_system.generation.rag_decoding import OtherThan

WORDS, START = 4, 9


@given(
    st.lists(st.lists(st.floats(-8, 8), min_size=WORDS, max_size=WORDS), min_size=21, max_size=21),
    st.lists(st.integers(0, WORDS - 1), min_size=1, max_size=3),
)
def test_what_is_written_has_the_probability_that_it_has_given_that_the_text_is_not(logits, text):
    """By enumeration of all texts of as many words, whose next words are as likely as the logits say."""
    size = len(text)
    prefixes = [prefix for length in range(size) for prefix in product(range(WORDS), repeat=length)]
    said = {prefix: torch.tensor(row).double().log_softmax(-1) for prefix, row in zip(prefixes, logits, strict=False)}
    of_text = torch.stack([said[tuple(text[:place])][word] for place, word in enumerate(text)])
    left_out = OtherThan(torch.tensor(text), of_text.unsqueeze(0))
    probability = of_text.sum().exp().item()
    for other in product(range(WORDS), repeat=size):
        log_probability, changed = 0.0, 0.0
        for place, word in enumerate(other):
            given_so_far = torch.tensor([[START, *other[:place]]])
            log_probability += said[other[:place]][word].item()
            changed += left_out(given_so_far, said[other[:place]].unsqueeze(0))[0, word].item()
        if list(other) == text:
            assert torch.tensor(changed).exp().item() == pytest.approx(0.0, abs=1e-6)
        elif probability < 0.999:
            wanted = torch.tensor(log_probability).exp().item() / (1 - probability)
            assert torch.tensor(changed).exp().item() == pytest.approx(wanted, rel=1e-4, abs=1e-9)


def test_nothing_is_changed_behind_the_text():
    left_out = OtherThan(torch.tensor([1]), torch.tensor([[-1.0]]))
    scores = torch.tensor([[0.1, 0.2, 0.3]]).log_softmax(-1)
    assert torch.allclose(left_out(torch.tensor([[START, 1]]), scores), scores)
