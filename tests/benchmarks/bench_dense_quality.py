"""
How well dense retrieval finds what answers, with one encoder and another, beside BM25: docs/dense.md.

    python tests/benchmarks/bench_dense_quality.py --encoder FOLDER

Over the whole corpus of each domain of SubjQA, no product named, questions of the test splits. Nothing is asked twice:
what `--out` holds is taken from there. Needs the data of ../shared.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from evaluating import DATA, SUBJQA, asked

from qa_system.dense.model_files import DEFAULT_MODEL
from qa_system.eval.compare import compare
from qa_system.eval.report.markdown import written
from qa_system.eval.report.measured import scores
from qa_system.eval.report.tables import Table, probability
from qa_system.eval.scorecard import Scorecard

MEASURES = ("RR@10", "R@1", "R@5", "R@20")


def main() -> None:
    """Ask what is not asked yet, and print a section for each domain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", required=True, help="folder, or Hugging Face model")
    parser.add_argument("--out", type=Path, default=Path("dense-quality"), help="folder for the runs")
    parser.add_argument("--domains", nargs="+", default=SUBJQA, choices=SUBJQA)
    parser.add_argument("--limit", help="ask so many questions of each domain, drawn at random")
    options = parser.parse_args()
    for domain in options.domains:
        print(f"\n### SubjQA {domain}, test\n", flush=True)
        base = found(options.out / domain / "base", domain, DEFAULT_MODEL, ("bm25", "dense", "hybrid"), options.limit)
        tuned = found(options.out / domain / "tuned", domain, options.encoder, ("dense", "hybrid"), options.limit)
        show({**base, **{f"{name}, tuned": card for name, card in tuned.items()}})


def found(folder: Path, domain: str, encoder: str, names: tuple[str, ...], limit: str | None) -> dict[str, Scorecard]:
    command = ["retriever", str(DATA / "subjqa" / domain), "--split", "test", "--within", "corpus"]
    command += [part for name in names for part in ("-r", name)] + (["--limit", limit] if limit else [])
    cards = asked(folder, command, {"QA_DENSE__QUERY_ENCODER": encoder})
    return {name: cards[f"retriever-{name}-corpus"] for name in names}


def show(cards: dict[str, Scorecard]) -> None:
    print(written(scores("", {name: card.measures for name, card in cards.items()}, MEASURES)), end="\n\n")
    named = [replace(card, header=replace(card.header, system=name)) for name, card in cards.items()]
    rows = tuple(
        (f"{row.second} against {row.first}", row.difference, probability(row.p), row.verdict)
        for row in compare(named, measures=["RR@10"]).rows
    )
    print(written(Table("", ("RR@10", "Difference", "p, corrected", "Verdict"), rows)), flush=True)


if __name__ == "__main__":
    main()
