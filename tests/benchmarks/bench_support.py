"""
How well support tells sentences that the reviews say in answer to a question from others.

    python tests/benchmarks/bench_support.py [DATA] [--limit N]

DATA is a source with labelled questions, by default the bundled sample. Each question is put to the passages that BM25
finds for it; the sentences to be supported are made of what annotators marked. The table shows, for each least support,
what share of each kind of sentence has it.
"""

import argparse
import random
import re
import tempfile
from pathlib import Path

from haystack import Document, GeneratedAnswer

from qa_system import QASystem, index, load_settings, read_questions
from qa_system.generation.checker import AnswerChecker
from qa_system.reading.reader import Reader
from qa_system.records import Question
from qa_system.samples import QUESTIONS, REVIEWS

LEAST = (0.2, 0.3, 0.4, 0.5, 0.6)
PLAIN = load_settings(overrides={"indexing": {"vectors": False}})
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")

Supports = dict[str, list[float]]


def marked(question: Question) -> str:
    return max((label.text for label in question.labels), key=len)


def supports(checker: AnswerChecker, question: str, passages: list[Document], sentences: list[str]) -> list[float]:
    answers = [GeneratedAnswer(sentence, question, passages) for sentence in sentences]
    checked = checker.run(question, passages, answers)["answers"]
    return [max((one.support for one in answer.meta["sentences"]), default=0.0) for answer in checked]


def of_answerable(
    checker: AnswerChecker, question: Question, passages: list[Document], others: list[Question]
) -> Supports:
    """What was marked; that it is not so; what was marked for others; and what was marked, in a passage without it."""
    said = marked(question)
    of_item = [marked(one) for one in others if one.item_id == question.item_id and one.text != question.text]
    elsewhere = [marked(one) for one in others if one.item_id != question.item_id]
    kinds = {
        "marked as the answer": said,
        "the same, denied": f"It is not true that {said}",
        "marked for another question on the item": random.choice(of_item) if of_item else "",
        "marked on another item": random.choice(elsewhere),
    }
    found = dict(zip(kinds, supports(checker, question.text, passages, list(kinds.values())), strict=True))
    if without := [passage for passage in passages if said not in passage.content]:
        found["marked as the answer, another passage cited"] = supports(checker, question.text, without[:1], [said])[0]
    return {kind: [support] for kind, support in found.items() if kinds.get(kind, said)}


def of_unanswerable(checker: AnswerChecker, question: Question, passages: list[Document]) -> Supports:
    sentence = random.choice(SENTENCE_END.split(random.choice(passages).content))
    return {"of a review that does not answer": supports(checker, question.text, passages, [sentence])}


def measured(data: Path, questions: Path, limit: int, store: Path) -> Supports:
    index(data, store, settings=PLAIN)
    asked = [question for question in read_questions(questions) if question.meta.get("split") in (None, "test")]
    answerable = [question for question in asked if question.is_answerable]
    found: Supports = {}
    with QASystem.open(store, settings=PLAIN) as qa:
        checker = AnswerChecker(Reader(), cited=False, min_support=0.0)
        for question in random.sample(asked, min(limit, len(asked))):
            passages = qa.search(question.text, item_id=question.item_id)
            if question.is_answerable:
                if not any(marked(question) in passage.content for passage in passages):
                    continue  # retrieval's loss
                kinds = of_answerable(checker, question, passages, answerable)
            else:
                kinds = of_unanswerable(checker, question, passages) if passages else {}
            for kind, values in kinds.items():
                found.setdefault(kind, []).extend(values)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", nargs="?", type=Path, default=REVIEWS)
    parser.add_argument("--limit", type=int, default=1000)
    given = parser.parse_args()
    random.seed(0)
    with tempfile.TemporaryDirectory() as folder:
        found = measured(
            given.data, QUESTIONS if given.data == REVIEWS else given.data, given.limit, Path(folder) / "s.qa"
        )
    print("| sentence | n |", " | ".join(f"≥ {least}" for least in LEAST), "|")
    print("|---|---|" + "---|" * len(LEAST))
    for kind, values in found.items():
        shares = (sum(value >= least for value in values) / len(values) for least in LEAST)
        print(f"| {kind} | {len(values)} |", " | ".join(f"{share:.0%}" for share in shares), "|")


if __name__ == "__main__":
    main()
