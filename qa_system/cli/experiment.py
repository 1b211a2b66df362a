"""What `qa eval` measures on, the questions of a data set and a store of its reviews; and what it shows in the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa_system.errors import SourceError
from qa_system.records import Rejection
from qa_system.sources.formats import FieldMapping

if TYPE_CHECKING:  # everything heavy is imported where it is used
    from qa_system.eval.runs import Run
    from qa_system.records import Question
    from qa_system.settings import Settings
    from qa_system.system import QASystem

OWN_SOURCE = "evaluated data"
"""Name of the source in a store made for an evaluation: whatever else the store held is pruned."""
OWN_STORE = "store.qa"
SHOWN = 3
"""Broken rows that are listed."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """
    A source of labelled questions, and maybe of the reviews they were marked in.

    :param path: File or folder, or `sample`.
    :param format: Its format; None tells it from the content.
    :param mapping: Our fields to its columns.
    :param split: The split to ask; None asks all.
    """

    path: str
    format: str | None
    mapping: FieldMapping
    split: str | None

    def questions(self) -> "tuple[list[Question], int]":
        """
        Read what can be asked.

        :returns: The labelled questions of the split, with labels in the reviews as they are stored, and how many
            questions nobody labelled.
        :raises SourceError: If the source cannot be read, has a row that is broken or marks what is not in its review,
            or has no labelled question of the split.
        """
        from qa_system.eval.dataset import labelled, select
        from qa_system.indexing.passages import stored_question
        from qa_system.samples import resolve_questions
        from qa_system.sources import read_questions

        rejected: list[Rejection] = []
        path = resolve_questions(self.path)
        read = list(read_questions(path, format=self.format, mapping=self.mapping, on_reject=rejected.append))
        if rejected:
            raise SourceError(_broken(rejected))
        # What is held out goes by the review as the source has it, so it is told before the labels move.
        chosen = select(read, split=self.split)
        return labelled([stored_question(question) for question in chosen])

    @contextmanager
    def system(self, settings: "Settings", store: str | Path | None, folder: Path) -> "Iterator[QASystem]":
        """
        Open the named store, or one made of the data set's own reviews, as yet without vectors.

        :param settings: The settings.
        :param store: The store; None makes one in `folder`, or brings the one there up to date.
        :param folder: Where the evaluation goes.
        :returns: The system.
        :raises SourceError: If there is no store, and the data set has no reviews.
        :raises StoreError: If the store cannot be opened or written.
        """
        from qa_system.system import QASystem

        if store is None:
            self._index(settings, folder / OWN_STORE, vectors=False)
        with QASystem.open(store or folder / OWN_STORE, settings=settings) as system:
            yield system

    def embed(self, system: "QASystem") -> None:
        """
        Add the vectors that a store of the data set's own reviews lacks.

        :param system: What `system` gave.
        :raises StoreError: If the vectors there are another encoder's.
        :raises ModelError: If the encoder cannot be loaded.
        """
        self._index(system.settings, system.store.path, vectors=True)

    def _index(self, settings: "Settings", store: Path, *, vectors: bool) -> None:
        from qa_system import console
        from qa_system.indexing.jobs import index
        from qa_system.samples import resolve_source

        how = settings.indexing.model_copy(update={"vectors": vectors})
        with console.Progress() as progress:
            index(
                resolve_source(self.path),
                store,
                settings=settings.model_copy(update={"indexing": how}),
                source=OWN_SOURCE,
                format=self.format,
                mapping=self.mapping,
                prune=True,
                strict=True,
                progress=progress,
            )


def _broken(rejected: Sequence[Rejection]) -> str:
    more = f"\n  … and {len(rejected) - SHOWN:,} more" if len(rejected) > SHOWN else ""
    return (
        f"{len(rejected):,} rows cannot be evaluated:\n  "
        + "\n  ".join(map(str, rejected[:SHOWN]))
        + f"{more}\nMend them or take them out: what is left out silently makes figures that cannot be believed."
    )


def with_readers(settings: "Settings", models: Sequence[str] | None) -> "list[Settings]":
    """
    Choose readers.

    :param settings: The settings.
    :param models: The readers; None leaves the one of the settings.
    :returns: The settings with each of them.
    """
    if not models:
        return [settings]
    readers = [settings.reader.model_copy(update={"model": model}) for model in models]
    return [settings.model_copy(update={"reader": reader}) for reader in readers]


def show_scores(runs: "Sequence[Run]", *, cutoffs: Sequence[int] | None, page: Path | None, as_json: bool) -> None:
    """
    Score runs, compare those that can be, and show and write the report.

    :param runs: The runs.
    :param cutoffs: Depths to measure rankings at; None takes the usual ones.
    :param page: Where the report for a browser is written too; None for nowhere.
    :param as_json: Whether to show it for programs.
    :raises QAError: If the page cannot be written.
    """
    from qa_system import console
    from qa_system.eval.folder import write_file
    from qa_system.eval.report.groups import comparisons
    from qa_system.eval.report.html import html
    from qa_system.eval.report.markdown import markdown
    from qa_system.eval.report.summary import summary
    from qa_system.eval.score import CUTOFFS, score

    scorecards = [score(run, ks=cutoffs or CUTOFFS) for run in runs]
    tests = comparisons(scorecards)
    if as_json:
        console.show_json(summary(scorecards, tests))
    else:
        console.show_markdown(markdown(scorecards, tests))
    if page:
        write_file(page, html(scorecards, tests))
        console.tell(f"For a browser: {page}")
