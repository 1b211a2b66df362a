"""Choosing a product by id, by name, or by words of its reviews."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from qa_system import QASystem
from qa_system.ui import problems, render
from qa_system.ui.shared import REFRESHED, STORES_KEPT
from qa_system.ui.words import counted

LISTED = 300
"""Products in the list, most reviewed first; the others are found by typing."""
MATCHES = 12
EXPLAINED = "All products. Type an id, a name, or words of its reviews"
PASSAGES_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Catalogue:
    """
    The products of a store.

    :param reviews: Number of reviews by id, most reviewed first.
    :param names: Names by id, of those that are listed.
    """

    reviews: Mapping[str, int]
    names: Mapping[str, str]

    @property
    def summary(self) -> str:
        """How much there is."""
        return f"{counted(sum(self.reviews.values()), 'review')} of {counted(len(self.reviews), 'product')}"

    def title(self, item: str) -> str:
        """
        Name a product.

        :param item: Its id, or words a visitor typed.
        :returns: Its name where it has one, and its id.
        """
        name = self.names.get(item)
        return f"{name} ({item})" if name and name != item else item


def catalogue(qa: QASystem) -> Catalogue:
    """
    List the products of a store.

    :param qa: The system on the store.
    :returns: Its products, read anew when its size has changed.
    """
    return _catalogue(qa.store.address, qa.store.count_documents(), qa)


def choose_product(qa: QASystem, products: Catalogue) -> tuple[bool, str | None]:
    """
    Let a visitor choose a product.

    :param qa: The system.
    :param products: What there is.
    :returns: Whether it is clear which one is meant, and its id; None is all of them.
    """
    return _choose(qa, products, list(products.reviews)[:LISTED], "product", "Product", EXPLAINED)


def choose_other(qa: QASystem, products: Catalogue, item: str) -> str | None:
    """
    Let a visitor choose a product to compare with.

    :param qa: The system.
    :param products: What there is.
    :param item: The product that is asked about.
    :returns: The id of another one; None where none is chosen, or it is not clear which one is meant.
    """
    listed = [other for other in list(products.reviews)[:LISTED] if other != item]
    other = None
    if listed:
        with problems.shown():  # what is asked about the first one is answered all the same
            _, other = _choose(qa, products, listed, "other", "Another product", "Compare with another product")
    return None if other == item else other


def find(qa: QASystem, products: Catalogue, words: str) -> list[str]:
    """
    Find products by what a visitor typed.

    :param qa: The system.
    :param products: What there is.
    :param words: A part of an id or a name, or words of reviews.
    :returns: Ids: those whose id or name has the words, then those whose reviews speak of them most.
    """
    part = words.strip().lower()
    titled = [item for item in products.reviews if part in products.title(item).lower()]
    spoken = [passage.meta["item_id"] for passage in qa.search(words, retriever="bm25", top_k=PASSAGES_LOOKED_AT)]
    return list(dict.fromkeys([*titled, *_named(qa, part), *spoken]))[:MATCHES]


def _choose(
    qa: QASystem, products: Catalogue, listed: list[str], key: str, label: str, placeholder: str
) -> tuple[bool, str | None]:
    chosen = st.session_state.get(key)
    typed = st.selectbox(
        label,
        listed if chosen is None or chosen in listed else [chosen, *listed],
        index=None,
        key=key,
        format_func=lambda item: _line(products, item),
        placeholder=placeholder,
        accept_new_options=True,
        filter_mode="contains",
        label_visibility="collapsed",
    )
    if typed is None or typed in products.reviews:
        return True, typed
    _offer(qa, products, typed, key)
    return False, None


def _named(qa: QASystem, part: str) -> list[str]:
    """Ask the store whose names have a part: of the catalogue's only the first are at hand."""
    names = [name for name in qa.store.count_by("item_name") if part in str(name).lower()][:MATCHES]
    of_these = {"field": "meta.item_name", "operator": "in", "value": names}
    return list(qa.store.count_by("item_id", filters=of_these)) if names else []


@st.cache_data(ttl=REFRESHED, max_entries=STORES_KEPT, show_spinner=False)
def _catalogue(store: str, passages: int, _qa: QASystem) -> Catalogue:
    reviews = _qa.items()
    has_names = "item_name" in _qa.store.get_metadata_fields_info()
    return Catalogue(reviews, _names(_qa, list(reviews)[:LISTED]) if has_names else {})


def _offer(qa: QASystem, products: Catalogue, words: str, key: str) -> None:
    found = find(qa, products, words)
    if not found:
        st.html(
            render.notice(
                f"No product is called “{words}”, and no review speaks of it.",
                advice="Type other words, or clear the field.",
            )
        )
        return
    st.html(render.heading("Which one?", f"{len(found)} match “{words}”"))
    names = {**products.names, **_names(qa, [item for item in found if item not in products.names])}
    known = Catalogue(products.reviews, names)
    st.pills(
        "Products",
        found,
        format_func=lambda item: render.label(_line(known, item)),
        key=_found(key),
        label_visibility="collapsed",
        on_change=_take_found,
        args=(key,),
    )


def _take_found(key: str) -> None:
    st.session_state[key] = st.session_state.pop(_found(key))


def _found(key: str) -> str:
    return "found" if key == "product" else f"found {key}"


def _line(products: Catalogue, item: str) -> str:
    count = products.reviews.get(item)
    return f"{products.title(item)} · {counted(count, 'review')}" if count else item


def _names(qa: QASystem, items: list[str]) -> dict[str, str]:
    """Read the names of products from one review of each."""
    names = {}
    for item in items:
        of_item = {"field": "meta.item_id", "operator": "==", "value": item}
        passage = next(iter(qa.store.iter_documents(of_item)), None)
        if passage and passage.meta.get("item_name"):
            names[item] = str(passage.meta["item_name"])
    return names
