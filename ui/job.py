"""Indexing in the background: it goes on, whatever its visitor clicks meanwhile."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from logging import getLogger
from pathlib import Path
from threading import Event, Thread

from qa_system import IndexReport, QAError, Rejection, Settings, index

REJECTIONS_KEPT = 5

logger = getLogger(__name__)


class IndexJob:
    """
    A file of reviews on its way into a store. It starts at once.

    :param source: Gives the file, for as long as its block lasts.
    :param store: Folder of the store.
    :param settings: Sizes of passages, and whether to embed them.
    :param name: What the file is called.
    :param mapping: Our field to the file's column.
    """

    def __init__(
        self,
        source: Callable[[], AbstractContextManager[Path]],
        store: Path,
        *,
        settings: Settings,
        name: str,
        mapping: Mapping[str, str],
    ) -> None:
        self.store = store
        self.name = name
        self.report = IndexReport()
        self.rejections: list[Rejection] = []
        self.error: str | None = None
        self.stage = "reviews"
        self.share = 0.0
        self._stopped = Event()
        self._thread = Thread(target=self._run, args=(source, settings, mapping), name=f"index {store}", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether there is still something to do."""
        return self._thread.is_alive()

    @property
    def can_be_asked(self) -> bool:
        """Whether the reviews are in the store; their vectors may follow."""
        stored = self.report.written + self.report.replaced + self.report.unchanged
        return stored > 0 and (self.stage != "reviews" or not self.is_running)

    def stop(self) -> None:
        """Stop at the next review; what is written stays."""
        self._stopped.set()

    def wait(self) -> None:
        """Wait until it is done."""
        self._thread.join()

    def _run(
        self, source: Callable[[], AbstractContextManager[Path]], settings: Settings, mapping: Mapping[str, str]
    ) -> None:
        try:
            with source() as path:
                index(
                    path,
                    self.store,
                    settings=settings,
                    report=self.report,
                    source=self.name,
                    mapping=mapping,
                    on_reject=self._reject,
                    progress=self._told,
                )
        except _Stopped:
            self.error = "Stopped. What was written before is in the store; index the file again to go on."
        except QAError as error:
            self.error = str(error)
        except Exception:
            logger.exception("Indexing %s failed", self.name)
            self.error = "Indexing failed for a reason that the log of `qa ui` tells."

    def _told(self, stage: str, done: int, total: int | None) -> None:
        self.stage, self.share = stage, min(1.0, done / total) if total else 0.0
        if self._stopped.is_set():
            raise _Stopped

    def _reject(self, rejection: Rejection) -> None:
        if len(self.rejections) < REJECTIONS_KEPT:
            self.rejections.append(rejection)


class _Stopped(Exception):
    """The visitor pressed Stop."""
