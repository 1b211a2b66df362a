from haystack import Document
from hypothesis import given
from hypothesis import strategies as st

from qa_system.stores.elasticsearch.codec import document_of, source_of

NAMES = st.sampled_from(["item_id", "score", "content", "id", "meta", "embedding", "rating", "Titel"])
VALUES = st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.lists(st.integers(), max_size=2))


@given(st.dictionaries(NAMES, VALUES), st.none() | st.text(max_size=9))
def test_a_document_comes_back_and_is_laid_out_as_haystack_does(meta: dict, content: str | None) -> None:
    document = Document(id="x", content=content, meta=meta)
    source = source_of(document)
    assert document_of({"_source": source, "_score": 1.0}) == document
    theirs = {name: value for name, value in document.to_dict().items() if value is not None}
    assert source == theirs
