"""Writing many documents: several bulk requests under way, patience with a busy cluster, and nothing lost unsaid."""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from threading import Event, Lock
from time import monotonic
from typing import Any, NamedTuple

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import bulk, streaming_bulk

from qa_system.errors import StoreError
from qa_system.settings import ElasticsearchSettings
from qa_system.stores.elasticsearch.address import Address
from qa_system.stores.elasticsearch.connection import (
    BUSY,
    explained,
    gave_up,
    is_blocked,
    is_busy,
    is_busy_status,
    read_only,
)

Action = dict[str, Any]
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_QUEUED_PER_WORKER = 2
_CONFLICT = 409
_FEW_RETRIES: dict[str, Any] = {"max_retries": 4, "initial_backoff": _FIRST_PAUSE}
"""Somebody waits; and a read-only index answers 429 as a busy one does."""
_NEEDED_OF_ANSWER = "errors,items.*.status,items.*.error"


class Failure(NamedTuple):
    """
    An action that was not done.

    :param action: As `streaming_bulk` takes it.
    :param status: HTTP status.
    :param error: As Elasticsearch describes it.
    """

    action: Action
    status: int
    error: Any

    @property
    def is_busy(self) -> bool:
        """Whether the action may be done later."""
        return is_busy_status(self.status)


class Loader:
    """
    Sends bulk actions to an index from several threads. What it has taken is done when `flush` returns.

    All actions can be repeated, as documents have ids: a request whose answer was lost is sent again. Actions that are
    turned away by a busy cluster are repeated alone, after pauses that double; what the cluster refuses for good is
    written to the dead-letter file and the rest goes on.

    :param client: The client.
    :param address: The index, for messages.
    :param index: The version written to.
    :param settings: Sizes, workers, patience.
    """

    def __init__(self, client: Elasticsearch, address: Address, index: str, settings: ElasticsearchSettings) -> None:
        self._client = client
        self._address = address
        self._index = index
        self._settings = settings
        self._pool = ThreadPoolExecutor(settings.workers, thread_name_prefix="bulk")
        self._under_way: deque[Future[None]] = deque()
        self._stopped = Event()
        self._dead_letters = Lock()
        self.refused = 0
        """Actions in the dead-letter file."""

    def __enter__(self) -> "Loader":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._stopped.set()
            self._pool.shutdown(cancel_futures=True)

    def put(self, actions: Iterable[Action]) -> None:
        """
        Take actions. Waits while enough are under way, so that memory stays small.

        :param actions: As `streaming_bulk` takes them; each one's id is of no other action that is under way.
        :raises StoreError: An earlier action could not be done.
        """
        actions = iter(actions)
        while chunk := list(islice(actions, self._settings.bulk_documents)):
            if len(self._under_way) >= self._settings.workers * _QUEUED_PER_WORKER:
                self._under_way.popleft().result()
            self._under_way.append(self._pool.submit(self._deliver, chunk))

    def flush(self) -> None:
        """
        Wait until all is done.

        :raises StoreError: Something could not be done.
        """
        while self._under_way:
            self._under_way.popleft().result()

    def _deliver(self, actions: list[Action]) -> None:
        given_up = monotonic() + self._settings.patience
        refused_before: set[str] = set()
        for pause in _pauses():
            failures = self._try(actions, is_last=monotonic() >= given_up)
            # Of two documents that bring a new field at the same moment one is refused, and taken the second time.
            again = [each for each in failures if each.is_busy or each.action["_id"] not in refused_before]
            refused_before |= {each.action["_id"] for each in failures if not each.is_busy}
            self._bury([each for each in failures if each not in again])
            actions = [each.action for each in again]
            if not actions or self._stopped.wait(pause):
                return

    def _try(self, actions: list[Action], *, is_last: bool) -> list[Failure]:
        """Send actions; a whole request that fails, but may succeed later, fails each of its actions."""
        with explained(self._address):
            try:
                failures = list(self._send(actions))
            except (ApiError, TransportError) as error:
                if is_last or not is_busy(error):
                    raise
                return [Failure(action, BUSY, str(error)) for action in actions]
        if any(is_blocked(failure.error) for failure in failures):
            raise read_only(self._address)
        if is_last and (busy := [failure for failure in failures if failure.is_busy]):
            raise gave_up(self._address, self._settings.patience, busy[0].error)
        return failures

    def _send(self, actions: Sequence[Action]) -> Iterator[Failure]:
        results = streaming_bulk(
            self._client,
            actions,
            index=self._index,
            chunk_size=self._settings.bulk_documents,
            max_chunk_bytes=self._settings.bulk_bytes,
            raise_on_error=False,
            filter_path=_NEEDED_OF_ANSWER,
        )
        for action, (ok, result) in zip(actions, results, strict=True):
            (answer,) = result.values()
            if not ok and not _is_done(action, answer["status"]):
                yield Failure(action, answer["status"], answer.get("error"))

    def _bury(self, refused: list[Failure]) -> None:
        if not refused:
            return
        with self._dead_letters, self._settings.dead_letters.open("a", encoding="utf-8") as file:
            for failure in refused:
                file.write(json.dumps(failure._asdict()) + "\n")
            self.refused += len(refused)


def do_now(client: Elasticsearch, address: Address, index: str, actions: Iterable[Action]) -> tuple[int, list[str]]:
    """
    Do a few actions and show what they did.

    :param client: The client.
    :param address: The index, for messages.
    :param index: The version written to.
    :param actions: As `streaming_bulk` takes them.
    :returns: How many were done, and the ids of documents to create that were there already.
    :raises StoreError: The cluster refused one; the others are done.
    """
    with explained(address):
        done, errors = bulk(client, actions, index=index, refresh=True, raise_on_error=False, **_FEW_RETRIES)
    answers = [answer for error in errors for answer in error.values()]  # type: ignore[union-attr]
    refused = [answer for answer in answers if answer["status"] != _CONFLICT and "error" in answer]
    if any(is_blocked(answer["error"]) for answer in refused):
        raise read_only(address)
    if refused:
        raise StoreError(
            f"The cluster refused {len(refused):,} documents of {address}, such as {refused[0]['_id']!r}: "
            f"{refused[0]['error'].get('reason')}"
        )
    return done, [answer["_id"] for answer in answers if answer["status"] == _CONFLICT]


def _is_done(action: Action, status: int) -> bool:
    """Whether a passage that is not there is none the worse for it."""
    return action["_op_type"] in ("delete", "update") and status == 404


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST_PAUSE)
