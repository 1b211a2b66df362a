"""The whole indexing job: reviews and their labels into the document store, vectors into the dense index."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from logging import getLogger
from pathlib import Path

from qa_system.dense.files import FileVectors
from qa_system.dense.layout import dense_folder
from qa_system.dense.vectors import encoder_of, vectors_of
from qa_system.errors import SettingsError, SourceError, StoreError
from qa_system.indexing.documents import IndexReport, index_reviews, source_name
from qa_system.indexing.embedding import embed_missing
from qa_system.indexing.labels import index_labels
from qa_system.indexing.position import Position
from qa_system.indexing.shard import WHOLE, Shard
from qa_system.records import Rejection
from qa_system.settings import Settings, load_settings
from qa_system.sources import marks_answers
from qa_system.stores.opening import is_url, store_to_write
from qa_system.stores.protocol import ReviewStore

Progress = Callable[[str, int, int | None], None]
"""Told of the stage, how much of it is done, and the total or None."""

logger = getLogger(__name__)


def index(
    path: str | Path,
    store: str | Path | None = None,
    *,
    questions: str | Path | None = None,
    settings: Settings | None = None,
    report: IndexReport | None = None,
    source: str | None = None,
    format: str | None = None,  # noqa: A002 (the name users know from `--format`)
    mapping: Mapping[str, str] | None = None,
    prune: bool = False,
    strict: bool = False,
    rebuild_vectors: bool = False,
    reindex: bool = False,
    shard: Shard = WHOLE,
    on_reject: Callable[[Rejection], None] = logger.warning,
    progress: Progress = lambda stage, done, total: None,
) -> IndexReport:
    """
    Index a source: run it again after a change or a crash, and only what is missing is done.

    :param path: File or folder of reviews.
    :param store: Folder of the store or URL of a cluster, made if it does not exist; None takes it from the settings.
    :param questions: Labelled questions on these reviews, whose labels are kept too; None for those that the source
        itself has beside its reviews.
    :param settings: The settings; None gathers them from `qa.toml` and the environment.
    :param report: A report to fill, for a caller who wants to see it after an interruption.
    :param source: Name that ties the reviews to their source for `prune`; the resolved path by default.
    :param format: Format of the source; detected by default.
    :param mapping: Our field names to the source's column names.
    :param prune: Also remove reviews of this source that it no longer has.
    :param strict: Stop at the first row that cannot be indexed.
    :param rebuild_vectors: Embed all passages anew, for another encoder.
    :param reindex: Build a new index of a cluster from this source alone, which replaces the old one when it is whole.
    :param shard: Only this share of the reviews, where several machines index them together.
    :param on_reject: Told of each rejected row.
    :param progress: Told how the job goes on.
    :returns: What was done.
    :raises SourceError: If the source cannot be read, or, with `strict`, at the first bad row.
    :raises StoreError: If the store cannot be written, or its vectors are another encoder's.
    :raises ModelError: If the encoder cannot be loaded.
    """
    settings = settings or load_settings()
    report = report or IndexReport()
    position = Position(path)
    told: set[tuple[Path, int]] = set()

    def reject(rejection: Rejection) -> None:
        """Tell of a row once, though it is read for its review and for its labels."""
        row = rejection.path, rejection.line
        if row not in told or not rejection.line:
            on_reject(rejection)
        told.add(row)

    with closing(store_to_write(store, settings)) as documents, ExitStack() as rebuild:
        vectors = vectors_of(documents, settings.dense)
        replaced = vectors.made_by() if reindex and documents.keeps_vectors else None
        if replaced and not settings.indexing.vectors:
            logger.warning("The new index has no vectors, as none were asked for; the one that it replaces has.")
        if reindex:
            rebuild.enter_context(_rebuilding(documents, source_name(path, source), shard))
        index_reviews(
            path,
            documents,
            report,
            settings=settings.indexing,
            source=source,
            format=format,
            mapping=mapping,
            prune=prune,
            alone=reindex,
            strict=strict,
            shard=shard,
            on_reject=reject,
            progress=lambda located: progress("reviews", position.of(located), position.total),
        )
        if reindex:
            _check_whole(documents, report)
        if questions or marks_answers(path, format=format):
            index_labels(
                questions or path,
                documents,
                report,
                source=source,
                format=None if questions else format,
                mapping=None if questions else mapping,
                batch_size=settings.indexing.batch_size,
                shard=shard,
                prune=prune,
                strict=strict,
                on_reject=reject,
                progress=lambda done: progress("labels", done, None),
            )
        if settings.indexing.vectors:

            def embedded(done: int, total: int) -> None:
                report.embedded = done  # also what an interrupted run is known to have stored
                progress("vectors", done, total)

            _adopt(documents, settings)
            embed_missing(
                documents,
                vectors,
                encoder_of(vectors, settings.dense, replaced=replaced, rebuild=rebuild_vectors),
                rebuild=rebuild_vectors,
                shard=shard if documents.keeps_vectors else WHOLE,
                progress=embedded,
                processes=settings.indexing.processes,
            )
    return report


def _rebuilding(store: ReviewStore, source: str, shard: Shard) -> AbstractContextManager[None]:
    if shard != WHOLE:
        raise SettingsError("A new index replaces the old one when one job has written all of it: leave out --shard.")
    if others := store.count_by("source").keys() - {source}:
        raise StoreError(
            f"{store.address} also holds reviews of {', '.join(sorted(others))}, which a new index made of {source} "
            "alone would lose. Put all reviews into one folder and index that, or name another index."
        )
    return store.rebuilding()


def _check_whole(store: ReviewStore, report: IndexReport) -> None:
    """Keep an index from being replaced by one that lacks what it had."""
    if report.refused:
        raise StoreError(
            f"The cluster refused {report.refused:,} passages, so the old index of {store.address} stays. The file of "
            "`elasticsearch.dead_letters` says why; then run the same command again."
        )
    if report.read == report.rejected:
        raise SourceError(f"The source has no reviews, so the old index of {store.address} stays.")


def _adopt(store: ReviewStore, settings: Settings) -> None:
    """Passages have the same ids in every store: who moves to a cluster has the vectors of the embedded one."""
    if is_url(store.address) and not store.keeps_vectors:
        moved_from = FileVectors(store, dense_folder(settings.store.path))
        moved_from.copy_to(dense_folder(store.path), settings.dense)
