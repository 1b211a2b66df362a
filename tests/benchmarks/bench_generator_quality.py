"""
How well a generator answers beside the reader, which quotes, from the same passages: the tables of docs/generation.md.

    python tests/benchmarks/bench_generator_quality.py [--generator MODEL] [--domains sample electronics …] [--limit N]

Labelled questions of the bundled sample and of SubjQA's domains, each put to the reviews of its item, with passages
found as those of a user's question. "Checked" is what is left of an answer where the sentences that the reviews do not
support are withheld. Seconds are those of a question once its passages are found. Nothing is asked twice: what `--out`
holds is taken from there, so another model needs another folder. SubjQA needs the data of ../shared.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from evaluating import DATA, SUBJQA

from qa_system import QASystem, load_settings
from qa_system.cli.experiment import DataSet
from qa_system.eval.answers import gold_texts
from qa_system.eval.dataset import pooled, sampled
from qa_system.eval.grounding import checked
from qa_system.eval.means import means
from qa_system.eval.report.markdown import written
from qa_system.eval.report.measured import scores
from qa_system.eval.report.tables import Table, probability
from qa_system.eval.uncertainty import corrected, paired_test
from qa_system.eval.written import MEASURES, Judged, written_per_question
from qa_system.records import Question, Result

SAMPLE = "sample"
READER, ABSTAINING = "reader, quoting", "always abstaining"
VARIANTS = {"RAG-Token": "token", "RAG-Sequence": "sequence"}
CHECKED = {name: f"{name}, checked" for name in VARIANTS}
SYSTEMS = (READER, *(name for pair in CHECKED.items() for name in pair), ABSTAINING)
SHOWN = (*MEASURES, "answered", "seconds")


@dataclass(frozen=True, slots=True)
class Answered:
    """The passages of a question, and by system what it made of them, and how long that took."""

    id: str
    passages: list[str]
    texts: dict[str, str]
    seconds: dict[str, float]


Answers = list[tuple[Question, Answered]]


def main() -> None:
    """Ask what is not asked yet, and print a section for each set, and for all of SubjQA together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generator", default="minilm-review-generator", help="bundled name, folder, or hub model")
    parser.add_argument("--domains", nargs="+", default=[SAMPLE, *SUBJQA], help="sets to ask")
    parser.add_argument("--split", default="test")
    parser.add_argument("--limit", type=int, help="ask so many questions of each set, drawn at random")
    parser.add_argument("--out", type=Path, default=Path("generator-quality"), help="folder for stores and answers")
    options = parser.parse_args()
    settings = load_settings(overrides={"rag": {"model": options.generator}})
    found: dict[str, Answers] = {}
    for name in options.domains:
        source = DataSet(SAMPLE if name == SAMPLE else str(DATA / "subjqa" / name), None, {}, options.split)
        found[name] = asked(source, settings, options.out / name, options.limit)
        show(f"{name}, {options.split}", found[name])
    subjqa = [answers for name, answers in found.items() if name != SAMPLE]
    if len(subjqa) > 1:
        show(f"SubjQA, {options.split}", [one for answers in subjqa for one in answers])


def asked(source: DataSet, settings, folder: Path, limit: int | None) -> Answers:
    """Ask what the folder does not hold yet; a question on several reviews of an item is asked once."""
    folder.mkdir(parents=True, exist_ok=True)
    with source.system(settings, None, folder) as system:
        questions = sampled(checked(pooled(source.questions()[0]), system.reviews), limit)
        source.embed(system)
        kept = answered(system, questions, folder / "answers.jsonl")
    return [(question, kept[question.id]) for question in questions]


def answered(system: QASystem, questions: Sequence[Question], journal: Path) -> dict[str, Answered]:
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    kept = {one.id: one for one in (Answered(**json.loads(line)) for line in lines)}
    missing = [question for question in questions if question.id not in kept]
    writers = {name: QASystem(system.store, as_variant(system.settings, one)) for name, one in VARIANTS.items()}
    for question in missing[:1]:
        answer(system, writers, question)  # models are loaded before the time is taken
    with journal.open("a", encoding="utf-8") as file:
        for question in missing:
            kept[question.id] = one = answer(system, writers, question)
            file.write(json.dumps(asdict(one)) + "\n")
            file.flush()
    return kept


def as_variant(settings, variant: str):
    return settings.model_copy(update={"rag": settings.rag.model_copy(update={"variant": variant})})


def answer(system: QASystem, writers: dict[str, QASystem], question: Question) -> Answered:
    passages = system.search(question.text, item_id=question.item_id)
    read = system.read(question.text, passages, item_id=question.item_id, top_k=1)
    texts = {READER: "" if read.abstained else read.answers[0].data}
    seconds = {READER: read.timings["reading"]}
    for name, writer in writers.items():
        result = writer.write(question.text, passages, item_id=question.item_id, generator="rag")
        texts |= {name: drafted(result), CHECKED[name]: supported(result)}
        seconds |= {name: result.timings["writing"], CHECKED[name]: sum(result.timings.values())}
    return Answered(question.id, [passage.content for passage in passages], texts, seconds)


def drafted(result: Result) -> str:
    return result.generated[0].meta["written"] if result.generated else ""


def supported(result: Result) -> str:
    sentences = result.generated[0].meta["sentences"] if result.generated else []
    return " ".join(sentence.text for sentence in sentences if not sentence.is_withheld)


def show(title: str, answers: Answers) -> None:
    """Print what each system scored, and what sets it apart from the reader."""
    clusters = [question.item_id for question, _ in answers]
    values = {name: measured(answers, name) for name in SYSTEMS}
    print(f"\n### {title}: {len(answers):,} questions\n")
    print(written(scores("", {name: means(one, clusters) for name, one in values.items()}, SHOWN)), end="\n\n")
    others = [name for name in SYSTEMS if name != READER]
    differences = [paired_test(values[name]["F1"], values[READER]["F1"], clusters) for name in others]
    p_values = map(probability, corrected([one.p_value for one in differences]))
    rows = tuple(zip(others, differences, p_values, strict=True))
    print(written(Table("", (f"F1 less that of: {READER}", "Difference", "p, corrected"), rows)), flush=True)


def measured(answers: Answers, system: str) -> dict[str, np.ndarray]:
    texts = [one.texts.get(system, "") for _, one in answers]
    judged = [Judged(gold_texts(question), one.passages, question.item_id) for question, one in answers]
    return {
        **written_per_question(texts, judged),
        "answered": np.array([float(bool(text)) for text in texts]),
        "seconds": np.array([one.seconds.get(system, 0.0) for _, one in answers]),
    }


if __name__ == "__main__":
    main()
