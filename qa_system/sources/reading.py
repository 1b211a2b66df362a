"""Reading a source: its files in order, its good rows as records, its broken rows reported."""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from qa_system.errors import SourceError
from qa_system.records import Question, Rejection
from qa_system.sources.detect import REGISTRY, format_named, format_of_files
from qa_system.sources.files import source_files
from qa_system.sources.formats import FieldMapping, Format
from qa_system.sources.rows import Located
from qa_system.sources.values import content_id

if TYPE_CHECKING:
    from haystack import Document

logger = logging.getLogger(__name__)

OnReject = Callable[[Rejection], None]
T = TypeVar("T")


def read_reviews(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - what the flag is called
    mapping: FieldMapping | None = None,
    strict: bool = False,
    on_reject: OnReject | None = None,
) -> "Iterator[Document]":
    """
    Read reviews, one at a time: a source may be larger than memory (SQuAD files excepted).

    :param path: A file, plain or gzip, or a folder of files of one format.
    :param format: One of `FORMATS`; None tells it from the content.
    :param mapping: For jsonl, csv and parquet our field to their column: `{"text": "body", "item_id": "asin"}`. Fields
        that are left out are found by well-known names.
    :param strict: Stop at the first broken row instead of reporting it and going on.
    :param on_reject: Called with each broken row; None logs a warning.
    :returns: Reviews: `id` is the review's, `content` its text untouched, `meta` has `item_id`, `review_id`, and where
        known `rating` (float), `date` (`YYYY-MM-DD…`), `title`, `item_name`, `category` and further scalar columns.
    :raises SourceError: If the source is missing, empty, or of an unknown format; if no column holds the text or the
        item; with `strict` at the first broken row.
    """
    located = iter_reviews(path, format=format, mapping=mapping, strict=strict, on_reject=on_reject)
    return (review.document for review in located)


def iter_reviews(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - what the flag is called
    mapping: FieldMapping | None = None,
    strict: bool = False,
    on_reject: OnReject | None = None,
) -> Iterator[Located]:
    """
    Read reviews with the place each was read from.

    :param path: As for `read_reviews`.
    :param format: As for `read_reviews`.
    :param mapping: As for `read_reviews`.
    :param strict: As for `read_reviews`.
    :param on_reject: As for `read_reviews`.
    :returns: Reviews with file and line.
    :raises SourceError: As for `read_reviews`.
    """
    files, known = _choose(path, format, mapping or {})
    reviews = chain.from_iterable(known.reviews(file, mapping or {}) for file in files)
    return _accept(_distinct(reviews) if known.repeats_reviews else reviews, strict, on_reject or _log)


def read_questions(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - what the flag is called
    mapping: FieldMapping | None = None,
    strict: bool = False,
    on_reject: OnReject | None = None,
) -> Iterator[Question]:
    """
    Read labelled questions.

    :param path: A file, plain or gzip, or a folder of files of one format.
    :param format: One of `FORMATS`; None tells it from the content.
    :param mapping: For qa_jsonl our field to their column: `{"question": "query"}`.
    :param strict: Stop at the first broken row instead of reporting it and going on.
    :param on_reject: Called with each broken row; None logs a warning.
    :returns: Questions with the labels of all annotators. Offsets count characters of `context`, which is the `content`
        that `read_reviews` gives for the same source; where `context` is None, of the reviews the labels name.
    :raises SourceError: If the source is missing, empty, of an unknown format or one without questions; with `strict`
        at the first broken row.
    """
    files, known = _choose(path, format, mapping or {})
    if known.questions is None:
        asking = ", ".join(each.name for each in REGISTRY if each.questions)
        raise SourceError(f"{path} is {known.name}, which holds no labelled questions. Formats that do: {asking}.")
    questions = chain.from_iterable(known.questions(file, mapping or {}) for file in files)
    return _accept(questions, strict, on_reject or _log)


def marks_answers(path: str | Path, *, format: str | None = None) -> bool:  # noqa: A002
    """
    Tell whether a source has, beside its reviews, questions whose answers are marked in them.

    :param path: A file or folder.
    :param format: One of `FORMATS`; None tells it from the content.
    :returns: Whether it does, and can be read a second time to get them: a pipe cannot.
    :raises SourceError: If the source is missing, empty, or of an unknown format.
    """
    files, known = _choose(path, format, {})
    return known.questions is not None and known.repeats_reviews and all(file.is_file() for file in files)


def _choose(path: str | Path, name: str | None, mapping: FieldMapping) -> tuple[list[Path], Format]:
    files = source_files(path)
    known = format_named(name) if name else format_of_files(files)
    if mapping and not known.fields:
        raise SourceError(
            f"{path} is {known.name}, whose columns are known: leave out --map, "
            f"or read it as a plain table with --format jsonl or csv."
        )
    if unknown := [field for field in mapping if field not in known.fields]:
        raise SourceError(
            f"--map has no field {', '.join(unknown)}. Fields of {known.name}: {', '.join(known.fields)}."
        )
    return files, known


def _distinct(reviews: Iterable[Located | Rejection]) -> Iterator[Located | Rejection]:
    seen: set[str] = set()
    for review in reviews:
        if isinstance(review, Located):
            identity = content_id(review.document.id, review.document.content or "")
            if identity in seen:
                continue
            seen.add(identity)
        yield review


def _accept(records: Iterable[T | Rejection], strict: bool, on_reject: OnReject) -> Iterator[T]:
    for record in records:
        if not isinstance(record, Rejection):
            yield record
        elif strict:
            raise SourceError(f"{record}. Mend the row, or read without --strict to leave it out.")
        else:
            on_reject(record)


def _log(rejection: Rejection) -> None:
    logger.warning("%s", rejection)
