"""The bundled sample, summed up by the bundled model."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_system import QASystem
from qa_system.models import bundled_models

pytestmark = pytest.mark.skipif(
    "minilm-review-opinions" not in bundled_models(),
    reason="the weights of minilm-review-opinions are not there yet: `qa train opinions` makes them",
)


@pytest.fixture(scope="module")
def sample(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QASystem]:
    """A copy: what is computed is kept beside the store."""
    copy = tmp_path_factory.mktemp("real") / "sample.qa"
    shutil.copytree(sample_store, copy)
    with QASystem.open(copy) as opened:
        yield opened


def test_reviewers_are_divided_on_the_bass(sample: QASystem) -> None:
    lines = sample.summary("HP-100").lines
    (bass,) = (line for line in lines if "bass" in (line.aspect, *line.terms))
    assert bass.praise.quotes
    assert bass.complaints.quotes
    assert bass.mentions >= bass.praise.support + bass.complaints.support


def test_every_line_of_every_item_leads_to_its_places(sample: QASystem) -> None:
    assert sample.summarise_all().items == len(sample.items())
    for item_id in sample.items():
        texts = {review.id: review.content for review in sample.reviews(item_id)}
        summary = sample.summary(item_id)
        assert summary.pros
        assert summary.cons
        for line in summary.lines:
            words = (line.aspect, *line.terms)
            for quote in (*line.praise.quotes, *line.complaints.quotes):
                span = quote.document_offset
                assert texts[quote.document.id][span.start : span.end] == quote.data
                assert any(word in " ".join(quote.data.lower().split()) for word in words)


def test_the_fridge_is_found(sample: QASystem) -> None:
    found = sample.find("a small fridge", candidates=3)
    assert found[0].item_id == "KF-430"
