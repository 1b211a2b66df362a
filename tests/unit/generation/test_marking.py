import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from qa_system.generation.marking import mark_shares, segments

SEPARATOR = 3


def test_texts_behind_a_separator_are_of_the_second_type():
    ids = torch.tensor([[2, 7, 3, 8, 9, 3, 0], [2, 7, 7, 7, 7, 7, 3]])
    assert segments(ids, SEPARATOR).tolist() == [[0, 0, 0, 1, 1, 1, 1], [0] * 7]


def test_an_answer_that_is_certain_is_marked_from_its_first_token_to_its_last():
    logits = torch.full((1, 6, 2), -torch.inf)
    logits[0, 2, 0] = logits[0, 4, 1] = 0.0
    begins, goes_on, ends = mark_shares(logits)[0].T.tolist()
    assert begins == [0, 0, 1, 0, 0, 0]
    assert goes_on == [0, 0, 1, 1, 1, 0]
    assert ends == [0, 0, 0, 0, 1, 0]


@given(st.lists(st.tuples(st.floats(-30, 30), st.floats(-30, 30)), min_size=1, max_size=20))
def test_what_goes_on_is_the_probability_that_first_and_last_token_stand_around_it(logits):
    shares = mark_shares(torch.tensor([logits], dtype=torch.float32))[0]
    begins, ends = shares[:, 0], shares[:, 2]
    for place, goes_on in enumerate(shares[:, 1].tolist()):
        begun, over = begins[: place + 1].sum().item(), ends[:place].sum().item()
        assert goes_on == pytest.approx(min(max(begun - over, 0.0), 1.0), abs=1e-4)
