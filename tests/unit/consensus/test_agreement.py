"""What reviewers agree on, of spans that are there, good and bad ones."""

from collections.abc import Callable

import pytest
from haystack import Document

from qa_system.consensus.agreement import agree, wilson
from qa_system.consensus.stance import Polarities
from qa_system.consensus.wording import verdict
from qa_system.records import Consensus

BASS = "Is the bass any good?"


@pytest.fixture
def agreed(model: Polarities, encode: Callable) -> Callable[..., Consensus]:
    def found(query, answers, reviews=None, **options):
        return agree(query, answers, reviews, model=model, encode=encode, **options)

    return found


def test_both_sides_are_counted(agreed: Callable, answer: Callable) -> None:
    good = [answer(f"g{number}", f"great bass {number}", score=0.5 + number / 100) for number in range(9)]
    bad = [answer(f"b{number}", f"weak bass {number}") for number in range(3)]
    consensus = agreed(BASS, good + bad)
    assert [(side.stance, side.support) for side in consensus.sides] == [("yes", 9), ("no", 3)]
    assert consensus.leading.quotes[0].data == "great bass 8"
    assert consensus.agreement == 0.75
    assert consensus.interval == pytest.approx((0.4677, 0.9111), abs=1e-4)
    assert verdict(consensus) == "mostly yes (9 of 12)"


def test_two_of_two_is_not_forty_of_forty() -> None:
    assert wilson(2, 2) == pytest.approx((0.3424, 1.0), abs=1e-4)
    assert wilson(40, 40) == pytest.approx((0.9124, 1.0), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_no_review_says_anything(agreed: Callable, answer: Callable) -> None:
    for answers, reviews in (([], None), ([], []), ([answer("1", "great bass", score=0.01)], None)):
        consensus = agreed(BASS, answers, reviews)
        assert (consensus.sides, consensus.agreement, consensus.interval) == ((), 0.0, (0.0, 1.0))
        assert consensus.leading is None
        assert verdict(consensus) == "The reviews don't say"


def test_one_review(agreed: Callable, answer: Callable) -> None:
    consensus = agreed(BASS, [answer("1", "great bass")])
    assert verdict(consensus) == "yes, says the one review that speaks of it"
    assert consensus.interval[0] < 0.25


def test_a_reviewer_counts_once_with_the_best_span(agreed: Callable, answer: Callable) -> None:
    text = "Weak bass at first. After a month: great bass indeed."
    twice = [answer("1", "Weak bass at first", text, score=0.4), answer("1", "great bass indeed", text, score=0.8)]
    consensus = agreed(BASS, twice)
    assert [(side.stance, [quote.data for quote in side.quotes]) for side in consensus.sides] == [
        ("yes", ["great bass indeed"])
    ]


def test_all_say_the_same(agreed: Callable, answer: Callable) -> None:
    ways = ["great bass", "the bass is good", "I love the bass", "a perfect deep bass"]
    consensus = agreed(BASS, [answer(str(number), text) for number, text in enumerate(ways)])
    assert verdict(consensus) == "yes (all 4)"
    assert consensus.interval[0] < 0.6


def test_all_contradict_each_other(agreed: Callable, answer: Callable) -> None:
    texts = ["great bass here", "awful bass there", "good low end", "terrible low end"]
    consensus = agreed(BASS, [answer(str(number), text) for number, text in enumerate(texts)])
    assert consensus.agreement == 0.5
    assert verdict(consensus) == "divided (2 yes, 2 no)"


def test_spam_repeated_500_times_counts_once(agreed: Callable, answer: Callable) -> None:
    spam = [
        answer(f"s{number}", "great bass", f"Simply great bass, buy it now at shop {number}!") for number in range(500)
    ]
    honest = [answer(f"h{number}", f"weak bass {word}") for number, word in enumerate(["indeed", "sadly", "again"])]
    consensus = agreed(BASS, spam + honest)
    assert [(side.stance, side.support) for side in consensus.sides] == [("no", 3), ("yes", 1)]
    assert (consensus.reviews, consensus.copies) == (503, 499)


def test_copies_without_an_answer_are_counted_too(agreed: Callable, answer: Callable) -> None:
    reviews = [
        Document(id=str(number), content="A word about the shop and nothing else at all.") for number in range(3)
    ]
    consensus = agreed(BASS, [answer("9", "great bass")], [*reviews, answer("9", "great bass").document])
    assert (consensus.reviews, consensus.copies, consensus.speaking) == (4, 2, 1)


def test_reviews_of_several_items_may_have_the_same_ids(agreed: Callable, answer: Callable) -> None:
    first, second = answer("1", "great bass"), answer("1", "weak bass")
    second.document.meta["item_id"] = "X-2"
    assert agreed(BASS, [first, second]).speaking == 2


def test_mixed_languages_are_counted_as_far_as_the_model_reads_them(agreed: Callable, answer: Callable) -> None:
    texts = ["great bass", "der Bass ist super", "der Bass ist schlecht", "低音がとても良い"]
    consensus = agreed(BASS, [answer(str(number), text) for number, text in enumerate(texts)])
    assert {side.stance: side.support for side in consensus.sides} == {"yes": 2, "no": 1, "neutral": 1}


def test_irony_is_taken_at_its_word(agreed: Callable, answer: Callable) -> None:
    """A limit, stated in docs/consensus.md."""
    consensus = agreed(BASS, [answer("1", "great bass, if you are a bat")])
    assert consensus.leading.stance == "yes"


def test_facts_are_grouped_by_what_they_state(agreed: Callable, answer: Callable) -> None:
    texts = ["about 30 hours", "about thirty hours", "30 hours about that", "8 hours"]
    consensus = agreed("How long does the battery last?", [answer(str(n), text) for n, text in enumerate(texts)])
    assert [(side.stance, side.support) for side in consensus.sides] == [("", 3), ("", 1)]
    assert verdict(consensus) == "“about 30 hours” (3 of 4)"


def test_different_facts(agreed: Callable, answer: Callable) -> None:
    texts = ["6 hours", "8 hours", "a whole day", "two weeks"]
    consensus = agreed("How long does the battery last?", [answer(str(n), text) for n, text in enumerate(texts)])
    assert verdict(consensus).startswith("different answers (1 “6 hours”, 1 “8 hours”, 1 “a whole day”, 1 other")


def test_opinions_are_good_or_bad(agreed: Callable, answer: Callable) -> None:
    texts = ["great bass", "the bass is good", "I love the bass", "weak bass", "bass"]
    consensus = agreed("How is the bass?", [answer(str(number), text) for number, text in enumerate(texts)])
    assert consensus.kind == "opinion"
    assert verdict(consensus) == "divided (3 good, 1 bad, 1 in between)"


def test_the_order_of_the_answers_does_not_matter(agreed: Callable, answer: Callable) -> None:
    answers = [answer(str(number), text, score=0.3 + number / 10) for number, text in enumerate(["great bass", "bad"])]
    assert agreed(BASS, answers) == agreed(BASS, answers[::-1])
