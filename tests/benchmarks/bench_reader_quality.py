"""
How well a reader answers when its questions are put in each style: the tables of "Quality" in docs/reader.md.

    python tests/benchmarks/bench_reader_quality.py --model FOLDER

It shows each `qa eval` command; nothing is asked twice: what `--out` holds is taken from there. The style is chosen on
the sample's dev split. The other questions, of which no model trained here has seen a review, are for reporting. Needs
the data of ../shared.
"""

import argparse
from pathlib import Path

from evaluating import DATA, SUBJQA, asked

from qa_system.eval.compare import compare
from qa_system.eval.report.markdown import written
from qa_system.eval.report.measured import scores
from qa_system.eval.report.tables import Table, probability
from qa_system.eval.scorecard import Scorecard

STYLES = ("opinion", "plain", "auto")
EXPERIMENTS = {
    "sample, dev, as a user asks": ["pipeline", "sample", "--split", "dev", "-r", "hybrid"],
    "sample, dev": ["reader", "sample", "--split", "dev"],
    "sample, test": ["reader", "sample", "--split", "test"],
    "SQuADShifts-Amazon, held out": [
        "reader",
        str(DATA / "extractive_qa/squadshifts_amazon.jsonl.gz"),
        "--split",
        "held_out",
    ],
    **{f"SubjQA {name}, test": ["reader", str(DATA / "subjqa" / name), "--split", "test"] for name in SUBJQA},
}
ANSWERS = ("EM", "F1", "F1 answerable", "no-answer accuracy", "forced F1")
CONFIDENCE = ("best F1", "AURC", "ECE answer", "ECE no answer")


def main() -> None:
    """Ask what is not asked yet, and print a section for each set of questions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="minilm-review-reader", help="bundled name, folder, or Hugging Face model")
    parser.add_argument("--out", type=Path, default=Path("reader-quality"), help="folder for the runs")
    parser.add_argument("--limit", help="ask so many questions of each set, drawn at random")
    options = parser.parse_args()
    for name, command in EXPERIMENTS.items():
        kind, data, *rest = command
        rest += ["--reader" if kind == "pipeline" else "--model", options.model]
        rest += ["--limit", options.limit] if options.limit else []
        folder = options.out / name.replace(", ", "-").replace(" ", "_")
        print(f"\n### {name}\n\n    QA_READER__QUESTION_STYLE=… qa eval {' '.join([kind, data, *rest])}\n", flush=True)
        show({style: in_style(style, folder, [kind, data, *rest]) for style in STYLES})


def in_style(style: str, folder: Path, command: list[str]) -> Scorecard:
    (card,) = asked(folder / style, command, {"QA_READER__QUESTION_STYLE": style}).values()
    return card


def show(cards: dict[str, Scorecard]) -> None:
    measures = {style: card.measures for style, card in cards.items()} | dict(cards["plain"].baselines)
    for names in (ANSWERS, CONFIDENCE):
        shown = {row: found for row, found in measures.items() if not found.keys().isdisjoint(names)}
        print(written(scores("", shown, names)), end="\n\n")
    comparison = compare(list(cards.values()), measures=["F1"])
    style = dict(zip(comparison.systems, cards, strict=True))
    rows = tuple(
        (f"{style[row.second]} against {style[row.first]}", row.difference, probability(row.p), row.verdict)
        for row in comparison.rows
    )
    print(written(Table("", ("F1", "Difference", "p, corrected", "Verdict"), rows)), flush=True)


if __name__ == "__main__":
    main()
