from hypothesis import given
from hypothesis import strategies as st

from qa_system.training.neighbours import Neighbours

REVIEWS = {
    "a": ["The strap broke.", "Deep bass, and the straps hold.", "A red box."],
    "b\ud800": ["My strap is fine.", ""],
}


def test_finds_the_reviews_of_a_group_whose_words_match_best():
    neighbours = Neighbours(REVIEWS)
    assert neighbours.of("Did the strap break?", "a") == [REVIEWS["a"][0], REVIEWS["a"][1]]
    assert neighbours.of("STRAPS?!", "b\ud800") == [REVIEWS["b\ud800"][0]]


def test_rare_words_count_more():
    reviews = [f"The bass is {word}." for word in ("deep", "flat", "deep and the strap broke", "good")]
    assert Neighbours({"a": reviews}).of("the bass strap", "a")[0] == reviews[2]


def test_at_most_ten_are_found_and_the_order_of_equals_is_always_the_same():
    reviews = {"a": [f"bass {number}" for number in range(3000)]}
    found = Neighbours(reviews).of("bass", "a")
    assert len(found) == 10
    assert found == Neighbours(reviews).of("bass", "a")


@given(st.text(), st.text())
def test_any_text_can_be_asked_of_any(question, review):
    assert set(Neighbours({"a": [review]}).of(question, "a")) <= {review}
