import pytest

from qa_system.errors import SettingsError
from qa_system.indexing.shard import WHOLE, Shard


def test_every_review_is_of_one_share() -> None:
    keys = [(f"I{number % 7}", f"R{number}") for number in range(1000)]
    shares = [Shard.parse(f"{number}/4") for number in range(1, 5)]
    assert all(sum(share.holds(key) for share in shares) == 1 for key in keys)
    assert all(200 < sum(share.holds(key) for key in keys) < 300 for share in shares)
    assert all(WHOLE.holds(key) for key in keys)


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "1/0", "a/b", "1/4 ", "-1/4"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="second of eight is 2/8"):
        Shard.parse(text)
