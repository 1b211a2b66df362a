"""Which questions reviewers are asked, and what a run keeps of what they agree on."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from haystack import Document, ExtractedAnswer

from qa_system.errors import SourceError
from qa_system.eval.asking import Retrieval
from qa_system.eval.consensus_asking import agreed_of, consensus_asker, stars_of
from qa_system.eval.consensus_questions import answered_by
from qa_system.eval.dataset import fingerprint
from qa_system.eval.journal import encoded, stored_run
from qa_system.eval.predictions import Agreed, Prediction
from qa_system.eval.runs import Header
from qa_system.records import Consensus, Label, Question, Result, Side

TEXT = "Hardly any bass."


def review(number: int, rating: Any = 2) -> Document:
    meta = {"item_id": "i", "review_id": f"r{number}"}
    return Document(id=f"r{number}", content=TEXT, meta=meta if rating is None else meta | {"rating": rating})


def consensus() -> Consensus:
    quote = ExtractedAnswer(
        query="Is the bass good?",
        score=0.8,
        data="Hardly any bass",
        document=review(1),
        document_offset=ExtractedAnswer.Span(0, 15),
        meta={"logit": 1.5},
    )
    return Consensus("yes/no", (Side("no", [quote]),), 1.0, (0.2, 1.0), 4, 1)


class System:
    """Says the same to every question, and remembers what it was asked."""

    store = SimpleNamespace(keeps_vectors=False, path=Path("/nowhere"))

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def items(self) -> dict[str, int]:
        return {"i": 4}

    def reviews(self, item_id: str) -> list[Document]:
        return [review(1), review(2, 4.5), review(3, None), review(4, "unknown")]

    def ask(self, query: str, **how: Any) -> Result:
        self.asked.append({"query": query, **how})
        return Result(query, "i", [], False, 0.2, [], {"reading": 0.1}, consensus=consensus())


def test_a_run_keeps_the_sides_and_the_stars() -> None:
    system = System()
    ask = consensus_asker(Retrieval(system, "bm25", "item", 50))  # type: ignore[arg-type]
    question = Question("q", "Is the bass good?", "i")
    prediction = ask(question)
    assert system.asked[-1] == {
        "query": question.text, "item_id": "i", "passages": 50, "retriever": "bm25", "consensus": True
    }  # fmt: skip
    agreed = prediction.consensus
    assert agreed is not None
    ((side,), stars) = agreed.sides, agreed.stars
    assert (agreed.kind, side.stance, agreed.is_subjective, agreed.interval) == ("yes/no", "no", True, (0.2, 1.0))
    assert (side.quotes[0].review_id, side.quotes[0].context) == ("r1", ("", "Hardly any bass", "."))
    assert stars == {"r1": 2.0, "r2": 4.5}


def test_what_a_run_keeps_is_read_again(tmp_path: Any) -> None:
    agreed = agreed_of(consensus(), stars=stars_of([review(1)]))
    prediction = Prediction(Question("q", "Is the bass good?", "i"), consensus=agreed)
    header = Header("consensus", "x", "item", {}, 1, {}, {})
    path = tmp_path / "run.jsonl"
    path.write_bytes(encoded(header) + encoded(prediction))
    assert stored_run(path).predictions == (prediction,)


def test_a_consensus_may_be_empty() -> None:
    assert agreed_of(Consensus("opinion", (), 0.0, (0.0, 1.0), 0, 0)) == Agreed("opinion")


def asked(id_: str, sides: dict[str, str | None]) -> Question:
    return Question(id_, "?", "i", tuple(Label(name, "x", 0, 1, side=side) for name, side in sides.items()))


def test_questions_that_several_reviewers_answer() -> None:
    questions = [
        asked("one", {"a": "yes"}),
        asked("none", {}),
        asked("divided", {"a": "yes", "b": "no"}),
        asked("unjudged", {"a": None, "b": None}),
    ]
    chosen = answered_by(questions, 2)
    assert [(question.id, question.meta.get("reviewers"), question.meta.get("division")) for question in chosen] == [
        ("none", 0, None),
        ("divided", 2, "on several sides"),
        ("unjudged", 2, None),
    ]
    assert len(answered_by(questions, 1)) == 4
    with pytest.raises(SourceError, match="answered by 3 reviews or more"):
        answered_by(questions, 3)


def test_sides_tell_experiments_apart_and_no_sides_do_not() -> None:
    plain, sided = asked("q", {"a": None}), asked("q", {"a": "yes"})
    assert fingerprint([plain]) != fingerprint([sided])
    assert fingerprint([plain]) == "4f9e4cb691ec34d057a9c5a1eb351309e0d7698718523f6751313eaf800c6500"
