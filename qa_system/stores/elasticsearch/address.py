"""The URLs of a cluster and the name of an index, as one address that may be shown to anybody."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from qa_system.errors import SettingsError

DEFAULT_PORT = 9200
EXAMPLE = "https://es.example.org:9200"
_INDEX = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Address:
    """
    Where an index lies.

    :param hosts: URLs of nodes of one cluster.
    :param index: Name of the index.
    """

    hosts: tuple[str, ...]
    index: str

    def __str__(self) -> str:
        return f"{','.join(self.hosts)}/{self.index}"


def parse_address(url: str, default_index: str) -> Address:
    """
    Read the address of an index.

    :param url: URLs of nodes with commas between them; the last may name the index: `https://es:9200/reviews`.
    :param default_index: The index where the URL names none.
    :returns: The address.
    :raises SettingsError: If it is none, or holds a password.
    """
    if "@" in url:  # looked for in the whole, as a password may hold what splits a URL
        raise SettingsError(
            "The URL of the cluster holds a user or password, which would end up in logs and pipelines. Take it out, "
            "and put the password into the environment variable ELASTIC_PASSWORD."
        )
    parts = [_checked(urlsplit(part.strip()), url) for part in url.split(",")]
    index = parts[-1].path.strip("/") or default_index
    if not _INDEX.fullmatch(index):
        raise SettingsError(
            f"{index!r} cannot be the name of an index: it takes lower-case letters, digits, _ and -. "
            f"Give the cluster as {EXAMPLE} or, with the index, as {EXAMPLE}/reviews."
        )
    hosts = tuple(f"{part.scheme}://{_host(part)}:{part.port or DEFAULT_PORT}" for part in parts)
    return Address(hosts, index)


def _checked(part: SplitResult, url: str) -> SplitResult:
    if part.scheme not in ("http", "https") or not part.hostname or not _has_port(part):
        raise SettingsError(f"{url!r} is no address of an Elasticsearch cluster. One is {EXAMPLE}.")
    return part


def _has_port(part: SplitResult) -> bool:
    try:
        return part.port is None or part.port > 0
    except ValueError:  # no number, or out of range
        return False


def _host(part: SplitResult) -> str:
    return f"[{part.hostname}]" if ":" in (part.hostname or "") else part.hostname or ""
