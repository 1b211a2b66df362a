"""
How right the polarities and aspects of an opinions model are on what it never saw, beside simpler ways to tell: the
tables of "Polarity" in docs/consensus.md.

    python tests/benchmarks/bench_polarity.py --model FOLDER

It needs the data of ../shared and the extra `bench`. Held-out reviews come as often as they are, not as many of each
polarity; the spans of the bundled sample were judged by people, who read the review at the place. Aspects are measured
against a list of those that the training has named.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

import numpy as np
from evaluating import DATA
from haystack.utils import ComponentDevice
from numpy.typing import NDArray

from qa_system.eval.report.markdown import written
from qa_system.eval.report.measured import scores
from qa_system.eval.report.tables import Table
from qa_system.eval.scorecard import Estimate
from qa_system.eval.uncertainty import interval
from qa_system.opinions.labels import NEGATIVE, NEUTRAL, POSITIVE
from qa_system.opinions.model import DEFAULT_MODEL, Aspect, OpinionModel
from qa_system.samples import QUESTIONS, REVIEWS
from qa_system.sources import read_questions, read_reviews
from qa_system.training.opinions.material import OpinionSet
from qa_system.training.opinions.plan import load_plan
from qa_system.training.opinions.ratings import polarity_of
from qa_system.training.opinions.sampling import contrasts
from qa_system.training.opinions.scoring import aspect_f1, counted, macro_f1
from qa_system.training.opinions.sentences import around
from qa_system.training.opinions.statements import Tagged

SIDES = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
MEASURES = ("Accuracy", "Macro-F1", "Negative found", "Neutral found", "Positive found")


class Judged(NamedTuple):
    """A text, what it is asked about, what is right, and what the stars of its review say."""

    about: str
    text: str
    polarity: int
    cluster: str
    stars: int | None = None


Judge = Callable[[Sequence[Judged]], NDArray[np.int64]]


def main() -> None:
    """Measure the model and what it is compared with, and print a table for each kind of text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="bundled name or folder")
    parser.add_argument("--runtime", default="auto", help="auto, torch, onnx or onnx-int8")
    parser.add_argument("--device", help="by default a GPU if there is one")
    parser.add_argument("--limit", type=int, default=3000, help="texts of each kind, drawn at random")
    options = parser.parse_args()
    device = ComponentDevice.from_str(options.device) if options.device else None
    model = OpinionModel(options.model, device=device, runtime=options.runtime)
    judges: dict[str, Judge] = {"opinions model": by_model(model), "VADER": vader, "commonest": commonest}
    measure("spans of the bundled sample, judged by people", sample(), {**judges, "stars of the review": stars})
    plan = load_plan("minilm-review-opinions", DATA)
    material = OpinionSet.load(plan.reviews, plan.sources, seed=plan.recipe.seed)
    held_out = material.parts["held_out"]
    reviews = [Judged("", one.text, one.polarity, one.text) for one in held_out.statements["review"]]
    measure("held-out reviews, by their ratings", drawn(reviews, options.limit), judges)
    pairs = contrasts(held_out.statements["opinion"], options.limit, Random(0))
    two = [Judged(one.about, one.text, one.polarity or 0, one.text) for one in pairs]
    measure("held-out texts of two opinions, labels inferred", two, judges)
    named = {one.text[slice(*place)].lower() for one in material.parts["train"].tagged for place in one.aspects}
    measure_aspects(drawn(held_out.tagged, options.limit), model, named)


def sample() -> list[Judged]:
    """Every span of the bundled sample that people judged as good, bad or neither, in its sentences."""
    reviews = {(one.meta["item_id"], one.meta["review_id"]): one for one in read_reviews(REVIEWS)}
    return [
        Judged(
            question.text,
            text[slice(*around(text, (label.start, label.end)))],
            SIDES[label.side],
            question.item_id,
            star,
        )
        for question in read_questions(QUESTIONS)
        for label in question.labels
        if label.side in SIDES and label.start is not None and (question.item_id, label.review_id) in reviews
        for review in [reviews[question.item_id, label.review_id]]
        for text, star in [(review.content, polarity_of(review.meta["rating"]))]
    ]


def by_model(model: OpinionModel) -> Judge:
    """Take the likeliest polarity."""
    return lambda texts: model.polarities([(one.about, one.text) for one in texts]).argmax(axis=1)


def vader(texts: Sequence[Judged]) -> NDArray[np.int64]:
    """Take VADER's compound score, with the bounds that its authors recommend (Hutto and Gilbert, ICWSM 2014)."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    compound = np.array([analyzer.polarity_scores(one.text)["compound"] for one in texts])
    return np.where(compound >= 0.05, POSITIVE, np.where(compound <= -0.05, NEGATIVE, NEUTRAL))


def commonest(texts: Sequence[Judged]) -> NDArray[np.int64]:
    """Always tell the commonest polarity."""
    return np.full(len(texts), np.bincount([one.polarity for one in texts]).argmax())


def stars(texts: Sequence[Judged]) -> NDArray[np.int64]:
    """Tell what the stars of the whole review say."""
    return np.array([one.stars for one in texts])


def measure(title: str, texts: Sequence[Judged], judges: dict[str, Judge]) -> None:
    """Print the scores of each way to judge."""
    truth, rows = np.array([one.polarity for one in texts]), {}
    for name, judge in judges.items():
        began = time.perf_counter()
        found = judge(texts)
        print(f"{name}: {len(texts) / (time.perf_counter() - began):,.0f} texts/s", flush=True)
        rows[name] = scored(truth, found, [one.cluster for one in texts])
    print(f"\n### {title} ({len(texts):,})\n")
    print(written(scores("", rows, MEASURES)), end="\n\n", flush=True)


def scored(truth: NDArray[np.int64], found: NDArray[np.int64], clusters: Sequence[str]) -> dict[str, Estimate]:
    """Score polarities; what is found of each is its recall."""
    recalls = {
        f"{name.title()} found": interval(np.where(truth == polarity, found == truth, np.nan), clusters)
        for name, polarity in SIDES.items()
    }
    macro = Estimate(macro_f1(truth, found), float("nan"), float("nan"), len(truth))
    return {"Accuracy": interval(found == truth, clusters), "Macro-F1": macro, **recalls}


def measure_aspects(texts: Sequence[Tagged], model: OpinionModel, named: set[str]) -> None:
    """Print how right aspects are, beside those that are looked up in a list."""
    rows = []
    ways = {
        "opinions model": model.aspects([one.text for one in texts]),
        "list": [listed(one.text, named) for one in texts],
    }
    for name, found in ways.items():
        counts = np.array([counted(text, aspects) for text, aspects in zip(texts, found, strict=True)], dtype=float)
        right, told, known = counts.T
        precision, recall = (
            interval(np.where(of > 0, right / np.maximum(of, 1), np.nan), [one.text for one in texts])
            for of in (told, known)
        )
        rows.append((name, precision, recall, f"{aspect_f1(texts, found):.3f}"))
    print(f"### aspects of held-out texts ({len(texts):,})\n")
    print(written(Table("", ("System", "Precision, mean of texts", "Recall, mean of texts", "F1 of all"), tuple(rows))))


def listed(text: str, named: set[str]) -> list[Aspect]:
    """Look up every word and pair of words, the longer first."""
    words, found, taken = _words(text), [], 0
    for place, (start, _) in enumerate(words):
        for length in (3, 2, 1):
            end = words[min(place + length, len(words)) - 1][1]
            if start >= taken and text[start:end].lower() in named:
                found.append(Aspect(text[start:end], start, end, 1.0))
                taken = end
    return found


def _words(text: str) -> list[tuple[int, int]]:
    import re

    return [match.span() for match in re.finditer(r"\w+", text)]


def drawn(items: Sequence, most: int) -> list:
    """Draw some."""
    return Random(0).sample(items, min(most, len(items)))


if __name__ == "__main__":
    main()
