"""Which retriever found the passage that an answer was read in."""

from haystack import Document, ExtractedAnswer

from qa_system.ui.asking import found_by


def passage(item: str, start: int, rank: int) -> Document:
    meta = {"item_id": item, "review_id": "r1", "split_idx_start": start, "found_by": {"bm25": rank}}
    return Document(content="x" * 100, meta=meta)


def answer(start: int) -> ExtractedAnswer:
    review = Document(id="r1", content="x" * 300, meta={"item_id": "A", "review_id": "r1"})
    span = ExtractedAnswer.Span(start, start + 5)
    return ExtractedAnswer(query="?", score=0.5, data="xxxxx", document=review, document_offset=span)


def test_of_overlapping_passages_the_best_one_counts() -> None:
    passages = [passage("A", 80, 1), passage("A", 0, 2)]
    assert found_by(answer(90), passages) == {"bm25": 1}
    assert found_by(answer(10), passages) == {"bm25": 2}


def test_shops_number_the_reviews_of_each_item_from_1() -> None:
    assert found_by(answer(10), [passage("B", 0, 1), passage("A", 0, 2)]) == {"bm25": 2}


def test_an_answer_that_none_of_them_holds() -> None:
    assert found_by(answer(250), [passage("A", 0, 1)]) == {}
    assert found_by(ExtractedAnswer(query="?", score=0.5), [passage("A", 0, 1)]) == {}
