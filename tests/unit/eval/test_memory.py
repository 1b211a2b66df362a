import sys

import pytest

from qa_system.eval import memory


def test_the_peak_is_at_least_what_is_held() -> None:
    held = bytearray(b"x" * 30_000_000)
    assert memory.peak() > len(held)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forgets a peak")
def test_an_earlier_peak_is_forgotten() -> None:
    held = bytearray(b"x" * 60_000_000)
    before = memory.peak()
    del held
    memory.reset_peak()
    assert memory.peak() < before - 30_000_000
