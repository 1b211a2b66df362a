"""Rankings that another system wrote, to stand beside ours."""

from collections.abc import Collection, Sequence
from pathlib import Path

from qa_system.eval.dataset import fingerprint
from qa_system.eval.runs import Header, Run, Scope
from qa_system.eval.trec import read_run
from qa_system.records import Question
from qa_system.reviews import ReviewKey


def imported_run(
    path: Path,
    questions: Sequence[Question],
    corpus: Collection[ReviewKey],
    *,
    scope: Scope,
    source: str,
    split: str | None,
) -> Run:
    """
    Read a TREC run as one of ours; what it cost is not known.

    :param path: Its file, whose name names the system.
    :param questions: What was asked.
    :param corpus: All reviews that there are to find.
    :param scope: What it searched.
    :param source: Where the questions were read from.
    :param split: The split chosen.
    :returns: The run. A question that the file leaves out has an empty ranking.
    :raises SourceError: As `trec.read_run`.
    """
    header = Header(
        kind="retriever",
        system=path.name.removesuffix(".gz").removesuffix(".run").removesuffix(".txt"),
        scope=scope,
        data={"path": source, "split": split, "sha256": fingerprint(questions)},
        questions=len(questions),
        settings={"retrieval": {"imported": path.name}},
        versions={},
        corpus=len(corpus),
    )
    return Run(header, tuple(read_run(path, questions, corpus=corpus)))
