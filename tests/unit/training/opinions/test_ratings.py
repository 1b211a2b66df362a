import gzip

import pytest

from qa_system.errors import SourceError
from qa_system.opinions.labels import NEGATIVE, NEUTRAL, POSITIVE
from qa_system.training.opinions.ratings import polarity_of, put_together, rated_reviews


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("It 's great , really !", "It's great, really!"),
        ("I do n't like it ( at all ) .", "I don't like it (at all)."),
        ("the dogs ' bed costs $ 5", "the dogs' bed costs $5"),
        ("", ""),
    ],
)
def test_tokens_are_put_together(tokens, text):
    assert put_together(tokens) == text


@pytest.mark.parametrize(
    ("rating", "polarity"), [(1, NEGATIVE), (2, NEGATIVE), (2.5, NEUTRAL), (3, NEUTRAL), (4, POSITIVE), (5, POSITIVE)]
)
def test_ratings_have_polarities(rating, polarity):
    assert polarity_of(rating) == polarity


def test_reviews_are_read_from_lines(tmp_path):
    (tmp_path / "a.txt").write_text("5 #### I love it .\nno rating\n1.0 #### It broke .\n2 ####\n", encoding="utf-8")
    with gzip.open(tmp_path / "b.txt.gz", "wt", encoding="utf-8") as file:
        file.write("3 #### So so .\n")
    assert [tuple(one) for one in rated_reviews(tmp_path)] == [
        ("I love it.", 5.0),
        ("It broke.", 1.0),
        ("So so.", 3.0),
    ]


def test_reviews_are_read_from_other_sources(tmp_path):
    file = tmp_path / "reviews.jsonl"
    file.write_text('{"text": "Good.", "item_id": "a", "rating": 4}\n{"text": "Hm.", "item_id": "a"}\n')
    assert [tuple(one) for one in rated_reviews(file)] == [("Good.", 4.0)]


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(b"\x1f\x8b\x08nonsense")
    with pytest.raises(SourceError, match=r"a\.txt\.gz"):
        list(rated_reviews(tmp_path))
