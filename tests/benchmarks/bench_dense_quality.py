"""
How well dense retrieval finds what answers, with one encoder and another, beside BM25: docs/dense.md.

    python tests/benchmarks/bench_dense_quality.py --encoder FOLDER

Over the whole corpus of each set, no product named: questions of SubjQA's test splits, and those of reviews that
`qa train` holds out. A set alone has too few questions for differences of this size, so the sets of a kind are measured
together. Nothing is asked twice: what `--out` holds is taken from there. Needs the data of ../shared.
"""

import argparse
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from evaluating import DATA, SUBJQA, asked

from qa_system.dense.model_files import UNTUNED_MODEL
from qa_system.eval.means import means
from qa_system.eval.report.markdown import written
from qa_system.eval.report.measured import scores
from qa_system.eval.report.tables import Table, probability
from qa_system.eval.scorecard import Scorecard
from qa_system.eval.uncertainty import corrected, paired_test
from qa_system.records import Question

MEASURES = ("RR@10", "R@1", "R@5", "R@20")
COMPARED = ("bm25", "dense", "dense, tuned", "hybrid, tuned")
HELD_OUT = ("squadshifts_amazon", "reviewrc2", "pqa_constructed")
SETS = {
    "SubjQA, test": [(f"subjqa/{domain}", "test") for domain in SUBJQA],
    "Reviews of goods, held out": [(f"extractive_qa/{name}.jsonl.gz", "held_out") for name in HELD_OUT],
}


def main() -> None:
    """Ask what is not asked yet, and print a section for each kind of set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", required=True, help="name or folder of the tuned encoder")
    parser.add_argument("--out", type=Path, default=Path("dense-quality"), help="folder for the runs")
    parser.add_argument("--limit", help="ask so many questions of each set, drawn at random")
    options = parser.parse_args()
    for kind, sets in SETS.items():
        cards = [systems(options.out, *one, options.encoder, options.limit) for one in sets]
        print(f"\n### {kind}\n", flush=True)
        show(cards)


def systems(out: Path, data: str, split: str, encoder: str, limit: str | None) -> dict[str, Scorecard]:
    command = ["retriever", str(DATA / data), "--split", split, "--within", "corpus"]
    command += ["--limit", limit] if limit else []
    folder = out / Path(data).name.split(".")[0]

    def found(run: str, names: tuple[str, ...], model: str) -> dict[str, Scorecard]:
        retrievers = [part for name in names for part in ("-r", name)]
        cards = asked(folder / run, command + retrievers, {"QA_DENSE__QUERY_ENCODER": model})
        return {name: cards[f"retriever-{name}-corpus"] for name in names}

    tuned = found("tuned", ("dense", "hybrid"), encoder)
    return {
        **found("base", ("bm25", "dense", "hybrid"), UNTUNED_MODEL),
        **{f"{name}, tuned": card for name, card in tuned.items()},
    }


def show(cards: Sequence[dict[str, Scorecard]]) -> None:
    """Print what all sets together say of each system, and of each pair."""
    clusters = [cluster(one.question) for of_set in cards for one in of_set["bm25"].predictions]
    values = {
        name: {measure: np.concatenate([of_set[name].values[measure] for of_set in cards]) for measure in MEASURES}
        for name in cards[0]
    }
    print(written(scores("", {name: means(of_all, clusters) for name, of_all in values.items()}, MEASURES)), end="\n\n")
    pairs = [(measure, *pair) for measure in ("RR@10", "R@20") for pair in combinations(COMPARED, 2)]
    differences = [
        paired_test(values[second][measure], values[first][measure], clusters) for measure, first, second in pairs
    ]
    p_values = map(probability, corrected([difference.p_value for difference in differences]))
    rows = tuple(
        (f"{second} less {first}", measure, difference, p)
        for (measure, first, second), difference, p in zip(pairs, differences, p_values, strict=True)
    )
    print(written(Table("", ("Systems", "Measure", "Difference", "p, corrected"), rows)), flush=True)


def cluster(question: Question) -> str | None:
    """Where the data name no item, questions on one review are not independent of each other, and others are."""
    if question.item_id not in HELD_OUT:
        return question.item_id
    return question.labels[0].review_id if question.labels else None


if __name__ == "__main__":
    main()
