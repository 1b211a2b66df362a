"""What is dear to compute from the reviews of a store, kept beside it until the reviews change."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from haystack import logging

FILE_NAME = "computed/entries.sqlite"
"""In a folder of its own, as all parts of a store: a file beside store.json would be read as one more source."""
MOST_ENTRIES = 10_000
"""Entries of a kind that are kept; of more, those that were written first make room."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
  kind TEXT NOT NULL, subject TEXT NOT NULL, state TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, subject)
)
"""
_MAKE_ROOM = """
DELETE FROM entries WHERE kind = :kind AND rowid IN (
  SELECT rowid FROM entries WHERE kind = :kind ORDER BY rowid DESC LIMIT -1 OFFSET :most
)
"""
_PATIENCE = 10  # seconds that one process waits for another to finish writing

logger = logging.getLogger(__name__)


class Cache:
    """
    Plain data by kind and subject, each for one state of what it was computed from, in one SQLite file.

    Several threads and processes may use it at once. Nothing depends on it: a file that cannot be read or written
    costs time, and a warning in the log.

    ```python
    cache = Cache(store.path)
    state = reviews_digest(qa.reviews("HP-100"))
    summary = cache.computed("summary", "HP-100", state=state, compute=lambda: summarise("HP-100"))
    ```

    :param folder: Folder of the store; the file is made in there with the first entry.
    :param most: Entries of a kind to keep; None keeps all.
    """

    def __init__(self, folder: Path, *, most: int | None = MOST_ENTRIES) -> None:
        self.path = folder / FILE_NAME
        self.most = most

    def load(self, kind: str, subject: str, *, state: str) -> Any:
        """
        Look up what was computed.

        :param kind: What it is, such as `summary`.
        :param subject: Of what it is, such as an item.
        :param state: Sums up all it was computed from: reviews, models, settings.
        :returns: The value; None where there is none, or one of another state.
        """
        if not self.path.exists():
            return None
        query = "SELECT value FROM entries WHERE kind = ? AND subject = ? AND state = ?"
        try:
            with self._connection() as connection:
                found = connection.execute(query, (kind, subject, state)).fetchone()
            return json.loads(found[0]) if found else None
        except (OSError, sqlite3.Error, ValueError) as error:
            self._warn("read", error)
            return None

    def save(self, kind: str, subject: str, value: Any, *, state: str) -> None:
        """
        Keep what was computed, in the place of what there was of the subject.

        :param kind: As for `load`.
        :param subject: As for `load`.
        :param value: What `json.dumps` takes, and not None.
        :param state: As for `load`.
        """
        entry = (kind, subject, state, json.dumps(value))
        try:
            self._write(entry)
        except sqlite3.OperationalError as error:  # locked, read-only, full
            self._warn("written", error)
        except sqlite3.DatabaseError as error:  # no database, or a damaged one: what it held can be computed again
            self._warn("read, and is made anew", error)
            self.path.unlink(missing_ok=True)
        except OSError as error:
            self._warn("written", error)

    def computed(self, kind: str, subject: str, *, state: str, compute: Callable[[], Any]) -> Any:
        """
        Look up what was computed, or compute and keep it.

        :param kind: As for `load`.
        :param subject: As for `load`.
        :param state: As for `load`.
        :param compute: Computes the value.
        :returns: The value, as JSON gives it back: lists for tuples.
        """
        if (found := self.load(kind, subject, state=state)) is not None:
            return found
        value = json.loads(json.dumps(compute()))
        self.save(kind, subject, value, state=state)
        return value

    def subjects(self, kind: str) -> dict[str, str]:
        """
        List what is kept, for a job that goes on where it was interrupted.

        :param kind: As for `load`.
        :returns: The state of each subject.
        """
        if not self.path.exists():
            return {}
        try:
            with self._connection() as connection:
                return dict(connection.execute("SELECT subject, state FROM entries WHERE kind = ?", (kind,)).fetchall())
        except (OSError, sqlite3.Error) as error:
            self._warn("read", error)
            return {}

    def _write(self, entry: tuple[str, str, str, str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as connection, connection:
            connection.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", entry)
            if self.most is not None:
                connection.execute(_MAKE_ROOM, {"kind": entry[0], "most": self.most})

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one operation: a connection belongs to one thread, and a lasting one to one process."""
        with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as connection:
            connection.execute(_SCHEMA)
            yield connection

    def _warn(self, done: str, error: Exception) -> None:
        logger.warning("{path} could not be {done}: {error}", path=self.path, done=done, error=str(error))
