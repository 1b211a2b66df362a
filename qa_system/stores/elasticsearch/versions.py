"""The indices behind a name: numbered versions, of which an alias shows one."""

import re
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from qa_system.errors import StoreError

_PRIORITY = 500
"""Of our templates; the built-in ones have at most 200."""


class Versions:
    """
    The versions of an index: `reviews-000001`, `reviews-000002` and so on, and the alias `reviews`.

    :param client: The client.
    :param name: The alias.
    """

    def __init__(self, client: Elasticsearch, name: str) -> None:
        self._client = client
        self.name = name

    def current(self) -> str | None:
        """
        Find the version that the alias shows.

        :returns: Its name; None where there is none.
        :raises StoreError: The alias is an index, or shows several.
        """
        try:
            behind = list(self._client.indices.get_alias(name=self.name))
        except NotFoundError:
            if self._client.indices.exists(index=self.name):
                raise StoreError(
                    f"{self.name} is an index, not an alias of one that qa-system made. Name another index."
                ) from None
            return None
        if len(behind) > 1:
            raise StoreError(f"The alias {self.name} shows several indices: {', '.join(behind)}. Leave it one.")
        return behind[0]

    def after(self, current: str | None) -> str:
        """
        Name the version that follows another.

        :param current: The other; None for the first version.
        :returns: Its name; a rebuild that was interrupted, or another machine, may have made it already.
        """
        number = int(current.rpartition("-")[2]) + 1 if current and re.search(r"-\d{6}$", current) else 1
        return f"{self.name}-{number:06}"

    def ensure(self, index: str, template: dict[str, Any]) -> None:
        """
        Make an index of the template, unless it is there.

        :param index: A version.
        :param template: `settings` and `mappings`.
        """
        self._client.indices.put_index_template(
            name=f"qa-system-{self.name}", index_patterns=[f"{self.name}-0*"], template=template, priority=_PRIORITY
        )
        try:
            self._client.indices.create(index=index, wait_for_active_shards=1)
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":  # by an earlier run, or another machine's job
                raise

    def show(self, index: str, *, instead_of: str | None = None) -> None:
        """
        Let the alias show a version, and delete the one it showed, in one step: no search falls between them.

        :param index: A version.
        :param instead_of: What the alias shows; None for nothing.
        """
        actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": self.name}}]
        if instead_of and instead_of != index:
            actions.append({"remove_index": {"index": instead_of}})
        self._client.indices.update_aliases(actions=actions)

    def drop_if_other(self, index: str, template: dict[str, Any]) -> None:
        """
        Delete what an interrupted rebuild left if it was made of another template, so that it cannot be gone on with.

        :param index: A version that no alias shows; it need not be there.
        :param template: What it is to be made of.
        """
        if not self._client.indices.exists(index=index):
            return
        settings = next(iter(self._client.indices.get_settings(index=index, flat_settings=True).values()))["settings"]
        shards = str(template["settings"]["index"]["number_of_shards"])
        made_of = (self.meta(index) or {}).get("qa_system"), settings["index.number_of_shards"]
        if made_of != (template["mappings"]["_meta"]["qa_system"], shards):
            self._client.indices.delete(index=index)

    def meta(self, index: str) -> dict[str, Any] | None:
        """
        Read what the mapping of an index says of itself.

        :param index: A version.
        :returns: Its `_meta`.
        """
        return next(iter(self._client.indices.get_mapping(index=index).values()))["mappings"].get("_meta")
