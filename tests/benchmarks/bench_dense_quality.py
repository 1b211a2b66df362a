"""
How well dense retrieval finds what answers, with one encoder and another, beside BM25: docs/dense.md.

    python tests/benchmarks/bench_dense_quality.py --encoder FOLDER

Over the whole corpus of each set, no product named: questions of SubjQA's test splits, and those of reviews that
`qa train` holds out. A set alone has too few questions for differences of this size, so the sets of a kind are measured
together. Nothing is asked twice: what `--out` holds is taken from there. Needs the data of ../shared.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evaluating import DATA, SUBJQA, asked

from qa_system.dense.model_files import UNTUNED_MODEL
from qa_system.eval.compare import compare
from qa_system.eval.report.markdown import written
from qa_system.eval.report.measured import scores
from qa_system.eval.report.tables import Table, probability
from qa_system.eval.runs import Run
from qa_system.eval.score import score
from qa_system.eval.scorecard import Scorecard

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
        show({name: together([card[name] for card in cards]) for name in cards[0]})


def systems(out: Path, data: str, split: str, encoder: str, limit: str | None) -> dict[str, Scorecard]:
    folder = out / Path(data).name.split(".")[0]
    base = found(folder / "base", data, split, UNTUNED_MODEL, ("bm25", "dense", "hybrid"), limit)
    tuned = found(folder / "tuned", data, split, encoder, ("dense", "hybrid"), limit)
    return {**base, **{f"{name}, tuned": card for name, card in tuned.items()}}


def found(
    folder: Path, data: str, split: str, encoder: str, names: tuple[str, ...], limit: str | None
) -> dict[str, Scorecard]:
    command = ["retriever", str(DATA / data), "--split", split, "--within", "corpus"]
    command += [part for name in names for part in ("-r", name)] + (["--limit", limit] if limit else [])
    cards = asked(folder, command, {"QA_DENSE__QUERY_ENCODER": encoder})
    return {name: cards[f"retriever-{name}-corpus"] for name in names}


def together(cards: Sequence[Scorecard]) -> Scorecard:
    return score(Run(cards[0].header, tuple(one for card in cards for one in card.predictions)))


def show(cards: dict[str, Scorecard]) -> None:
    print(written(scores("", {name: card.measures for name, card in cards.items()}, MEASURES)), end="\n\n")
    named = [replace(cards[name], header=replace(cards[name].header, system=name)) for name in COMPARED]
    rows = tuple(
        (f"{row.second} against {row.first}", row.measure, row.difference, probability(row.p), row.verdict)
        for row in compare(named, measures=["RR@10", "R@20"]).rows
    )
    print(written(Table("", ("Systems", "Measure", "Difference", "p, corrected", "Verdict"), rows)), flush=True)


if __name__ == "__main__":
    main()
