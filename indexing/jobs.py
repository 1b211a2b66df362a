"""The whole indexing job: reviews into the document store, then their vectors into the dense index."""

from collections.abc import Callable, Mapping
from logging import getLogger
from pathlib import Path

from qa_system.dense.encoder import DEFAULT_MODEL, Encoder
from qa_system.dense.layout import dense_folder
from qa_system.errors import StoreError
from qa_system.indexing.documents import IndexReport, index_reviews
from qa_system.indexing.embedding import embed_missing
from qa_system.indexing.position import Position
from qa_system.records import Rejection
from qa_system.settings import DenseSettings, Settings, load_settings
from qa_system.stores.embedded import EmbeddedDocumentStore

Progress = Callable[[str, int, int | None], None]
"""Told of the stage, how much of it is done, and the total or None."""

logger = getLogger(__name__)


def index(
    path: str | Path,
    store: str | Path | None = None,
    *,
    settings: Settings | None = None,
    report: IndexReport | None = None,
    source: str | None = None,
    format: str | None = None,  # noqa: A002 (the name users know from `--format`)
    mapping: Mapping[str, str] | None = None,
    prune: bool = False,
    strict: bool = False,
    rebuild_vectors: bool = False,
    on_reject: Callable[[Rejection], None] = logger.warning,
    progress: Progress = lambda stage, done, total: None,
) -> IndexReport:
    """
    Index a source: run it again after a change or a crash, and only what is missing is done.

    :param path: File or folder of reviews.
    :param store: Folder of the store, made if it does not exist; None takes it from the settings.
    :param settings: The settings; None gathers them from `qa.toml` and the environment.
    :param report: A report to fill, for a caller who wants to see it after an interruption.
    :param source: Name that ties the reviews to their source for `prune`; the resolved path by default.
    :param format: Format of the source; detected by default.
    :param mapping: Our field names to the source's column names.
    :param prune: Also remove reviews of this source that it no longer has.
    :param strict: Stop at the first row that cannot be indexed.
    :param rebuild_vectors: Embed all passages anew, for another encoder.
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
    with EmbeddedDocumentStore(store or settings.store.path, language=settings.store.language) as documents:
        index_reviews(
            path,
            documents,
            report,
            settings=settings.indexing,
            source=source,
            format=format,
            mapping=mapping,
            prune=prune,
            strict=strict,
            on_reject=on_reject,
            progress=lambda located: progress("reviews", position.of(located), position.total),
        )
        if settings.indexing.vectors:
            folder = dense_folder(documents.path)

            def told(done: int, total: int) -> None:
                report.embedded = done  # also what an interrupted run is known to have stored
                progress("vectors", done, total)

            embed_missing(
                documents,
                folder,
                _encoder(folder, settings.dense, rebuild=rebuild_vectors),
                rebuild=rebuild_vectors,
                progress=told,
            )
    return report


def _encoder(folder: Path, settings: DenseSettings, *, rebuild: bool) -> Encoder:
    query_model, passage_model = settings.query_encoder, settings.passage_encoder
    try:
        return Encoder.of_index(folder, query_model=query_model, passage_model=passage_model, device=settings.device)
    except StoreError:
        if not rebuild:
            raise
        return Encoder(query_model or DEFAULT_MODEL, passage_model, device=settings.device)
