"""
How well the bundled reader answers, by question style: what the defaults of `Reader` were chosen by (docs/reader.md).

    python tests/benchmarks/bench_reader_quality.py --split dev

SubjQA (electronics) gives one review a question, the bundled sample every review of the item. EM and F1 are SQuAD 2's:
the best over the annotators who marked an answer, the empty answer being right where none did.
"""

import argparse
import os
import re
import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from haystack import Document

from qa_system.reading.reader import Reader
from qa_system.sources import read_questions, read_reviews

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("QA_SHARED", REPOSITORY.parent / "shared"))
SAMPLE = REPOSITORY / "qa_system" / "samples"


@dataclass
class Pair:
    question_id: str
    question: str
    review: Document
    gold: list[str]
    text: str = ""
    logit: float = 0.0
    score: float = 0.0

    @property
    def predicted(self) -> str:
        return self.text if self.logit > 0 else ""


def subjqa(split: str) -> Iterator[Pair]:
    for question in read_questions(SHARED / f"data/subjqa/electronics/{split}.csv"):
        gold = [label.text for label in question.labels if label.has_answer]
        yield Pair(question.id, question.text, Document(content=question.context), gold)


def sample(split: str) -> Iterator[Pair]:
    reviews = defaultdict(list)
    for review in read_reviews(SAMPLE / "reviews.jsonl"):
        reviews[review.meta["item_id"]].append(review)
    for question in read_questions(SAMPLE / "questions.jsonl"):
        if question.meta["split"] == split:
            for review in reviews[question.item_id]:
                gold = [label.text for label in question.labels if label.has_answer and label.review_id == review.id]
                yield Pair(question.id, question.text, review, gold)


def normalised(text: str) -> str:
    without_punctuation = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", without_punctuation).split())


def f1(predicted: str, gold: str) -> float:
    found, wanted = Counter(normalised(predicted).split()), Counter(normalised(gold).split())
    if not found or not wanted:
        return float(found == wanted)
    return 2 * (found & wanted).total() / (found.total() + wanted.total())


def exact(predicted: str, gold: str) -> float:
    return float(normalised(predicted) == normalised(gold))


def best(measure, predicted: str, gold: list[str]) -> float:
    return max(measure(predicted, text) for text in gold or [""])


def of_questions(pairs: Iterable[Pair]) -> list[float]:
    """Score the best answer over all reviews of an item, as a user gets it; right is also to abstain where none is."""
    by_question = defaultdict(list)
    for pair in pairs:
        by_question[pair.question_id].append(pair)
    scores = []
    for asked in by_question.values():
        top = max(asked, key=lambda pair: pair.logit)
        right_review = bool(top.gold) or not any(pair.gold for pair in asked)
        scores.append(best(f1, top.predicted, top.gold) if right_review else 0.0)
    return scores


def area_under_roc(logits: np.ndarray, answerable: np.ndarray) -> float:
    above = logits[answerable][:, None] - logits[~answerable]
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


def log_loss(logits: np.ndarray, answerable: np.ndarray, temperature: float = 1.0) -> float:
    scaled = logits / temperature
    return float(np.mean(np.logaddexp(0, scaled) - answerable * scaled))


def row(pairs: list[Pair]) -> str:
    logits = np.array([pair.logit for pair in pairs])
    answerable = np.array([bool(pair.gold) for pair in pairs])
    with_answer = [pair for pair in pairs if pair.gold]
    values = [
        np.mean([best(exact, pair.predicted, pair.gold) for pair in pairs]),
        np.mean([best(f1, pair.predicted, pair.gold) for pair in pairs]),
        np.mean([best(f1, pair.text, pair.gold) for pair in with_answer]),
        np.mean(of_questions(pairs)),
        area_under_roc(logits, answerable),
    ]
    odds = np.array([np.log(pair.score / (1 - pair.score)) for pair in pairs])
    best_temperature = min(np.geomspace(0.5, 20, 200), key=lambda value: log_loss(logits, answerable, value))
    values += [log_loss(odds, answerable), log_loss(logits, answerable), best_temperature]
    return "".join(f"{value:10.3f}" for value in values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--max-answer-tokens", type=int, default=30)
    options = parser.parse_args()
    columns = ("EM", "F1", "forced F1", "questions", "AUC", "log loss", "at T=1", "best T")
    print(f"{'':28}" + "".join(f"{column:>10}" for column in columns))
    for name, pairs in (("SubjQA", list(subjqa(options.split))), ("sample", list(sample(options.split)))):
        print(f"{name} {options.split}: {len(pairs)} pairs, {sum(bool(pair.gold) for pair in pairs)} with an answer")
        for style in ("plain", "opinion", "auto"):
            reader = Reader(question_style=style, top_k=1, no_answer=False, max_answer_tokens=options.max_answer_tokens)
            found = reader.run_batch([pair.question for pair in pairs], [[pair.review] for pair in pairs])
            for pair, answers in zip(pairs, found, strict=True):
                pair.text, pair.logit, pair.score = answers[0].data, answers[0].meta["logit"], answers[0].score
            print(f"{'  ' + style:28}{row(pairs)}", flush=True)


if __name__ == "__main__":
    main()
