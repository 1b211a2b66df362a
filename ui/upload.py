"""A visitor's own file: look at it, say which column is what, index it, and ask it at once."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import streamlit as st

from qa_system import Preview, Settings, SourceError, preview
from qa_system.ui import render
from qa_system.ui.following import follow
from qa_system.ui.job import IndexJob

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

TYPES = ("csv", "tsv", "jsonl", "json", "parquet", "gz")
ROWS_SHOWN = 5
CELL_CHARS = 120
FIELDS = {
    "text": "The review",
    "item_id": "Product",
    "item_name": "Name of the product",
    "rating": "Rating",
    "date": "Date",
    "title": "Headline",
    "review_id": "Id of the review",
    "category": "Category",
}
"""Our fields, in the order in which a person looks for them."""

MADE = "stores of this visitor"

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


def add_reviews(settings: Settings) -> None:
    """
    Let a visitor bring reviews.

    :param settings: The server's.
    """
    if settings.store.url or not settings.ui.max_upload_mb:
        st.html(render.notice("This page takes no reviews.", advice=f"qa index FILE --store {settings.store.address}"))
        return
    st.html(render.heading("Your own reviews", "CSV, JSONL or Parquet"))
    uploaded = st.file_uploader("A file of reviews", TYPES, key="upload", label_visibility="collapsed")
    st.caption(
        f"Up to {settings.ui.max_upload_mb:,} MB. The setting `ui.max_upload_mb` in `qa.toml` raises that, and "
        "`qa index FILE` takes files of any size."
    )
    if uploaded is not None:
        _describe(settings, uploaded)
    if "job" in st.session_state:
        follow(st.session_state.job)


def store_name(text: str) -> str:
    """
    Name a store: a visitor chooses its name, and not where it lies.

    :param text: What the visitor typed, or what the file is called: anything.
    :returns: A folder's name: letters, digits and hyphens of it, with `.qa` at its end.
    """
    words = _UNSAFE.sub("-", text.split(".")[0])[:60].strip("-")
    return f"{words or 'reviews'}.qa"


@contextmanager
def on_disk(uploaded: "UploadedFile") -> Iterator[Path]:
    """
    Put an upload where it can be read as a source.

    :param uploaded: The upload.
    :returns: A file, which is gone after the block. Errors in the block call it by the visitor's name.
    """
    known = [suffix for suffix in Path(uploaded.name).suffixes if suffix[1:].lower() in TYPES]
    with TemporaryDirectory(prefix="qa-upload-") as folder:
        path = Path(folder, "upload" + "".join(known).lower())
        with path.open("wb") as file:
            file.write(uploaded.getbuffer())
        try:
            yield path
        except SourceError as error:
            raise SourceError(str(error).replace(str(path), uploaded.name)) from error


def _describe(settings: Settings, uploaded: "UploadedFile") -> None:
    seen = _look(uploaded.file_id, uploaded)
    mapping = _map_columns(seen, uploaded.file_id)
    columns = st.columns([2, 3], vertical_alignment="bottom")
    name = store_name(columns[0].text_input("Store", store_name(uploaded.name), key=f"store of {uploaded.file_id}"))
    vectors = columns[1].checkbox("Find what is said in other words, too (embeds the reviews, slower)", value=True)
    obstacle = _missing(seen, mapping) or _taken(settings, name)
    if obstacle:
        st.html(render.notice(obstacle))
    running = "job" in st.session_state and st.session_state.job.is_running
    if st.button("Index it", type="primary", disabled=bool(obstacle) or running):
        st.session_state.setdefault(MADE, set()).add(name)
        chosen = settings.model_copy(update={"indexing": settings.indexing.model_copy(update={"vectors": vectors})})
        st.session_state.job = IndexJob(
            lambda: on_disk(uploaded), _place(settings, name), settings=chosen, name=uploaded.name, mapping=mapping
        )


def _missing(seen: Preview, mapping: Mapping[str, str]) -> str:
    fields = [f"“{FIELDS[field]}”" for field in seen.missing(mapping)]
    return f"Which column is {' and which is '.join(fields)}?" if fields else ""


def _taken(settings: Settings, name: str) -> str:
    """A visitor may write again to a store of their own, and not to one that others ask."""
    is_own = name in st.session_state.get(MADE, ())
    is_taken = _place(settings, name).exists() and not is_own
    return f"The name {name} is taken. Choose another." if is_taken else ""


def _place(settings: Settings, name: str) -> Path:
    return settings.store.path.expanduser().parent / name


@st.cache_data(max_entries=8, show_spinner=False)
def _look(file_id: str, _uploaded: "UploadedFile") -> Preview:
    with on_disk(_uploaded) as path:
        return preview(path)


def _map_columns(seen: Preview, file_id: str) -> dict[str, str]:
    """Let the visitor point to the column of each field; none where the format fixes them."""
    if not seen.columns:
        st.caption(f"This is the format `{seen.format}`, whose columns are known.")
        return {}
    shown = [{name: str(row.get(name, ""))[:CELL_CHARS] for name in seen.columns} for row in seen.rows[:ROWS_SHOWN]]
    st.dataframe(shown, hide_index=True)
    mapping: dict[str, str] = {}
    st.html(render.heading("Which column is what?"))
    places = st.columns(4)
    for number, (field, name) in enumerate(FIELDS.items()):
        guess = seen.mapping.get(field)
        column = places[number % len(places)].selectbox(
            name,
            seen.columns,
            index=seen.columns.index(guess) if guess else None,
            placeholder="none",
            key=f"{field} of {file_id}",
        )
        if column:
            mapping[field] = column
    return mapping
