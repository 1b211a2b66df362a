"""The folder of an evaluation: `runs/`, `trec/`, and reports for a browser."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_system.dense.durable import replace_file
from qa_system.errors import QAError, SettingsError
from qa_system.eval.journal import encoded
from qa_system.eval.recording import Ask, check_free, record
from qa_system.eval.runs import Header, Run
from qa_system.eval.trec import write_qrels, write_run
from qa_system.records import Question
from qa_system.reviews import ReviewKey

_UNSAFE = re.compile(r"[^\w.+-]+")


@dataclass(frozen=True, slots=True)
class Experiment:
    """
    Something to ask all questions.

    :param header: What it is.
    :param asker: Loads the models, and gives what asks.
    """

    header: Header
    asker: Callable[[], Ask]


@dataclass(frozen=True, slots=True)
class Folder:
    """
    Where an evaluation goes.

    :param path: The folder; made where it is missing.
    :param fresh: Whether what its runs hold is thrown away and all is asked anew.
    """

    path: Path
    fresh: bool = False

    def run(
        self,
        experiments: Sequence[Experiment],
        questions: Sequence[Question],
        progress: Callable[[str, int, int], None],
    ) -> list[Run]:
        """
        Ask what the runs of experiments do not hold yet; all are checked before anything is asked.

        :param experiments: Over the same questions.
        :param questions: The questions.
        :param progress: Told of a run's name, how many questions this sitting has asked, and how many were missing.
        :returns: The whole runs.
        :raises SettingsError: If two experiments would have one run, a run's file holds another experiment, or another
            process writes to it.
        :raises QAError: If a file cannot be written, or every question fails alike.
        """
        self._check([experiment.header for experiment in experiments])
        return [self._record(experiment, questions, progress) for experiment in experiments]

    def keep(self, run: Run) -> Run:
        """
        Write down a run that was not asked here, in the place of an earlier one.

        :param run: The run.
        :returns: The same.
        :raises QAError: If it cannot be written.
        """
        lines = [encoded(run.header), *map(encoded, run.predictions)]
        write_file(self._path(run.header), b"".join(lines).decode())
        return run

    def _check(self, headers: Sequence[Header]) -> None:
        names = Counter(run_name(header) for header in headers)
        if repeated := [name for name, count in names.items() if count > 1]:
            raise SettingsError(
                f"Several systems would be called {repeated[0]!r}, and have one run. Give the folders of their models "
                "names of their own, or evaluate them into folders of their own with --out."
            )
        if not self.fresh:
            for header in headers:
                check_free(self._path(header), header)

    def _record(
        self, experiment: Experiment, questions: Sequence[Question], progress: Callable[[str, int, int], None]
    ) -> Run:
        name = run_name(experiment.header)
        return record(
            self._path(experiment.header),
            experiment.header,
            questions,
            experiment.asker(),
            progress=lambda done, total: progress(name, done, total),
            fresh=self.fresh,
        )

    def _path(self, header: Header) -> Path:
        return self.path / "runs" / f"{run_name(header)}.jsonl"

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


def write_file(path: Path, text: str) -> Path:
    """
    Write a file in one piece.

    :param path: The file; its folder is made where it is missing.
    :param text: Its content.
    :returns: The file.
    :raises QAError: If it cannot be written; an old one stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text)
    except OSError as error:
        raise QAError(f"{path} cannot be written: {error}. Name another place.") from error
    return path
