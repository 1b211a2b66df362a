"""
How well the bundled reader answers, by question style: what the defaults of `Reader` were chosen by (docs/reader.md).

    python tests/benchmarks/bench_reader_quality.py --split dev --fit

SubjQA (electronics) gives one review a question, the bundled sample every review of the item. EM and F1 are SQuAD 2's:
the best over the annotators who marked an answer, the empty answer being right where none did. The model has seen the
questions and reviews of SubjQA's dev split with other annotators' answers, so choices are made on the sample's.
"""

import argparse
import os
import re
import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from haystack import Document
from scipy.optimize import minimize
from scipy.stats import bootstrap
from tokenizers import Tokenizer

from qa_system.models import bundled_model
from qa_system.reading.reader import Reader
from qa_system.sources import read_questions, read_reviews

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("QA_TEST_SHARED", REPOSITORY.parent / "shared"))
SAMPLE = REPOSITORY / "qa_system" / "samples"
STYLES = ("plain", "opinion", "auto")


@dataclass(frozen=True)
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


def accuracy(pairs: list[Pair]) -> list[float]:
    with_answer = [pair for pair in pairs if pair.gold]
    return [
        np.mean([best(exact, pair.predicted, pair.gold) for pair in pairs]),
        np.mean([best(f1, pair.predicted, pair.gold) for pair in pairs]),
        np.mean([best(f1, pair.text, pair.gold) for pair in with_answer]),
        np.mean(of_questions(pairs)),
    ]


def logits_and_truth(pairs: list[Pair]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([pair.logit for pair in pairs]), np.array([bool(pair.gold) for pair in pairs])


def calibration(pairs: list[Pair]) -> list[float]:
    logits, answerable = logits_and_truth(pairs)
    odds = np.array([np.log(pair.score / (1 - pair.score)) for pair in pairs])
    best_temperature = min(np.geomspace(0.5, 20, 200), key=lambda value: log_loss(logits, answerable, value))
    losses = [log_loss(odds, answerable), log_loss(logits, answerable)]
    return [area_under_roc(logits, answerable), *losses, best_temperature]


def fitted(pairs: list[Pair]) -> tuple[float, float]:
    """Find the threshold and the temperature of greatest likelihood, which is a logistic regression on the logit."""
    logits, answerable = logits_and_truth(pairs)
    slope, intercept = minimize(lambda line: log_loss(line[0] * logits + line[1], answerable), x0=(0.3, 0.0)).x
    return -intercept / slope, 1 / slope


def difference(better: list[Pair], worse: list[Pair]) -> str:
    """Compare F1 over the same questions, with a 95% bootstrap interval."""
    gains = np.subtract(of_questions(better), of_questions(worse))
    low, high = bootstrap((gains,), np.mean, rng=0).confidence_interval
    return f"{gains.mean():+.3f} ({low:+.3f} to {high:+.3f})"


def longest_answers(pairs: list[Pair]) -> float:
    """Count the tokens that 99 of 100 marked answers have at most."""
    tokenizer = Tokenizer.from_file(str(bundled_model("minilm-review-reader") / "tokenizer.json"))
    marked = [text for pair in pairs for text in pair.gold]
    return float(np.percentile([len(tokenizer.encode(text, add_special_tokens=False)) for text in marked], 99))


def read(pairs: list[Pair], style: str, max_answer_tokens: int) -> list[Pair]:
    reader = Reader(question_style=style, top_k=1, no_answer=False, max_answer_tokens=max_answer_tokens)
    found = reader.run_batch([pair.question for pair in pairs], [[pair.review] for pair in pairs])
    return [
        replace(pair, text=answer.data, logit=answer.meta["logit"], score=answer.score)
        for pair, (answer,) in zip(pairs, found, strict=True)
    ]


def print_row(name: str, values: list[float]) -> None:
    print(f"{'  ' + name:28}" + "".join(f"{value:10.3f}" for value in values), flush=True)


def print_fits(by_style: dict[str, list[Pair]]) -> None:
    opinion = by_style["opinion"]
    threshold, temperature = fitted(opinion)
    moved = [replace(pair, logit=pair.logit - threshold) for pair in opinion]
    print_row(f"opinion, at {threshold:.2f}", accuracy(moved))
    print(f"  opinion, likeliest threshold {threshold:.2f} with temperature {temperature:.2f}")
    print(f"  99 of 100 marked answers have at most {longest_answers(opinion):.0f} tokens")
    print("  questions, F1 gained by opinion")
    print(f"    over plain                 {difference(opinion, by_style['plain'])}")
    print(f"    over auto                  {difference(opinion, by_style['auto'])}")
    print(f"    at {threshold:.2f} over at 0        {difference(moved, opinion)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--max-answer-tokens", type=int, default=30)
    parser.add_argument("--fit", action="store_true", help="print intervals, and the threshold and temperature to set")
    options = parser.parse_args()
    columns = ("EM", "F1", "forced F1", "questions", "AUC", "log loss", "at T=1", "best T")
    print(f"{'':28}" + "".join(f"{column:>10}" for column in columns))
    for name, pairs in (("SubjQA", list(subjqa(options.split))), ("sample", list(sample(options.split)))):
        print(f"{name} {options.split}: {len(pairs)} pairs, {sum(bool(pair.gold) for pair in pairs)} with an answer")
        by_style = {}
        for style in STYLES:
            by_style[style] = read(pairs, style, options.max_answer_tokens)
            print_row(style, accuracy(by_style[style]) + calibration(by_style[style]))
        if options.fit:
            print_fits(by_style)


if __name__ == "__main__":
    main()
