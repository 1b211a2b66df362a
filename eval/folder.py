"""The folder of an evaluation: `runs/`, `trec/`, and reports for a browser."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_system.dense.durable import replace_file
from qa_system.errors import QAError
from qa_system.eval.recording import Ask, record
from qa_system.eval.runs import Header, Run
from qa_system.eval.trec import write_qrels, write_run
from qa_system.records import Question
from qa_system.reviews import ReviewKey

_UNSAFE = re.compile(r"[^\w.+-]+")


@dataclass(frozen=True, slots=True)
class Folder:
    """
    Where an evaluation goes.

    :param path: The folder; made where it is missing.
    :param fresh: Whether what its runs hold is thrown away and all is asked anew.
    """

    path: Path
    fresh: bool = False

    def record(
        self, header: Header, questions: Sequence[Question], ask: Ask, progress: Callable[[str, int, int], None]
    ) -> Run:
        """
        Ask what the experiment's run does not hold yet.

        :param header: The experiment.
        :param questions: Its questions.
        :param ask: Makes a prediction.
        :param progress: Told of the run's name, how many questions this sitting has asked, and how many were missing.
        :returns: The whole run.
        :raises SettingsError: If the run's file holds another experiment, or another process writes to it.
        :raises QAError: If the file cannot be written, or every question fails alike.
        """
        name = run_name(header)
        return record(
            self.path / "runs" / f"{name}.jsonl",
            header,
            questions,
            ask,
            progress=lambda done, total: progress(name, done, total),
            fresh=self.fresh,
        )

    def write_trec(self, runs: Iterable[Run], questions: Sequence[Question], corpus: Collection[ReviewKey]) -> None:
        """
        Write rankings and judgements as trec_eval, ranx and pyserini read them.

        :param runs: With rankings of the same questions.
        :param questions: The questions.
        :param corpus: All reviews that there are to find.
        :raises QAError: If they cannot be written.
        """
        folder = self.path / "trec"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_qrels(folder / "qrels.txt", questions, corpus=corpus)
            for run in runs:
                path = folder / f"{run_name(run.header)}.run"
                write_run(path, run.predictions, tag=run_name(run.header), corpus=corpus)
        except OSError as error:
            raise QAError(f"{folder} cannot be written: {error}.") from error


def run_name(header: Header) -> str:
    """
    Name the file of a run.

    :param header: The experiment.
    :returns: Kind, system and scope, without characters that a file's name may not have.
    """
    parts = (header.kind, header.system.replace(" + ", "+"), header.scope)
    return _UNSAFE.sub("_", "-".join(part for part in parts if part))


def write_page(path: Path, text: str) -> Path:
    """
    Write a report for a browser in one piece.

    :param path: The file; its folder is made where it is missing.
    :param text: Its content.
    :returns: The file.
    :raises QAError: If it cannot be written; an old one stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text)
    except OSError as error:
        raise QAError(f"The report {path} cannot be written: {error}. Name another place.") from error
    return path
