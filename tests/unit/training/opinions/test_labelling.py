import pytest

from qa_system.opinions.labels import NEGATIVE, NEUTRAL, POSITIVE
from qa_system.training.opinions.labelling import polarity_of_opinion, polarity_of_sentence


@pytest.mark.parametrize(
    ("odds", "of_review", "polarity"),
    [
        (3.0, POSITIVE, POSITIVE),
        (3.0, NEGATIVE, None),
        (-1.0, NEGATIVE, NEGATIVE),
        (-1.0, POSITIVE, None),
        (0.8, POSITIVE, NEUTRAL),
        (0.8, NEGATIVE, NEUTRAL),
        (1.5, POSITIVE, None),
        (3.0, NEUTRAL, None),
    ],
)
def test_a_sentence_has_the_polarity_of_its_review_where_its_words_agree(odds, of_review, polarity):
    assert polarity_of_sentence(odds, of_review) == polarity


@pytest.mark.parametrize(
    ("phrase", "odds", "of_sentences", "polarity"),
    [
        ("great bass", 3.0, 0.0, POSITIVE),
        ("poor service", -1.5, 2.0, NEGATIVE),
        ("awkward", -0.8, -1.2, NEGATIVE),
        ("awkward", -0.8, 0.0, None),
        ("not sweet", 3.0, 3.0, None),
        ("does not fit", -3.0, 0.0, NEGATIVE),
        ("only not attached", -1.5, 0.0, None),
        ("breakfast not so bad", -4.0, -2.0, POSITIVE),
        ("had no problems", -2.0, -2.0, POSITIVE),
        ("was n't disappointed", -2.0, -2.0, POSITIVE),
        ("not disappointed but it does not work", -4.0, -4.0, None),
        ("product", 0.9, 0.9, None),
    ],
)
def test_an_opinion_has_the_polarity_of_its_words_where_they_are_sure(phrase, odds, of_sentences, polarity):
    assert polarity_of_opinion(phrase, odds, of_sentences) == polarity
