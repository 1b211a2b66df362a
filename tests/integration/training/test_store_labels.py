"""The labels of a store are trained on like the data they came from, and feedback joins them."""

from pathlib import Path

from qa_system import QASystem, index, load_settings
from qa_system.training.mixture import Example, Mixture, TrainingSource


def facts(examples: list[Example]) -> list[tuple]:
    return sorted((one.question, one.context, str(one.answers), one.item_id) for one in examples)


def test_a_store_is_trained_on_as_its_source_is(questions: Path, tmp_path: Path) -> None:
    store = tmp_path / "s.qa"
    index(questions, store, settings=load_settings(overrides={"indexing": {"vectors": False}}))
    from_file, from_store = (Mixture.load([TrainingSource(path)]) for path in (questions, store))
    for part in ("train", "validation", "held_out"):
        assert facts(getattr(from_store, part)) == facts(getattr(from_file, part))
    assert {one.style for one in from_store.train} == {"opinion"}

    learnt = from_store.train[0]
    with QASystem.open(store) as qa:
        review = next(review for review in qa.reviews("toy") if review.content == learnt.context)
        judged = {"item_id": "toy", "review_id": review.id, "start": 0, "end": 3}
        qa.add_label(question="What comes first?", verdict="marked", **judged)
        qa.add_label(question="What comes last?", verdict="wrong", **judged)
    with_feedback = Mixture.load([TrainingSource(store)])
    added = set(facts(with_feedback.train)) - set(facts(from_store.train))
    assert added == {("What comes first?", learnt.context, "((0, 3),)", "toy")}
    assert [" no label" in one.reason for one in with_feedback.rejections] == [True]
