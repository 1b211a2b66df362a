"""The connection to a cluster: credentials from the environment, and errors that say what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from elastic_transport import ConnectionError as TransportConnectionError
from elastic_transport import ConnectionTimeout, TlsError, TransportError
from elasticsearch import (
    ApiError,
    AsyncElasticsearch,
    AuthenticationException,
    AuthorizationException,
    Elasticsearch,
    UnsupportedProductError,
)

from qa_system.errors import StoreError
from qa_system.settings import ElasticsearchSettings
from qa_system.stores.elasticsearch.address import Address

SERVER_MAJOR = 8
_RETRIES = 3
BUSY = 503
"""Status of what a cluster that is away would answer."""

Client = TypeVar("Client", Elasticsearch, AsyncElasticsearch)

_BUSY = (429, 502, BUSY, 504)


def connect(address: Address, settings: ElasticsearchSettings) -> Elasticsearch:
    """
    Make a client of the cluster and try it.

    :param address: Its nodes. When one does not answer, the next is asked.
    :param settings: They name the variables that hold the secrets.
    :returns: The client.
    :raises StoreError: If the cluster cannot be reached, refuses the credentials, or is of another version.
    """
    with explained(address):
        client = connection(address, settings, client=Elasticsearch)
        version = client.info()["version"]["number"]
    if int(version.partition(".")[0]) != SERVER_MAJOR:
        client.close()
        raise StoreError(
            f"The cluster at {address} is Elasticsearch {version}; this package speaks with {SERVER_MAJOR}.x. Upgrade "
            f"the cluster to {SERVER_MAJOR}.x, or name another one."
        )
    return client


def connection(address: Address, settings: ElasticsearchSettings, *, client: type[Client]) -> Client:
    """
    Make a client of the cluster, untried.

    :param address: Its nodes.
    :param settings: They name the variables that hold the secrets.
    :param client: The class of the client.
    :returns: The client.
    :raises StoreError: There is no such file of certificates.
    """
    return client(
        list(address.hosts),
        request_timeout=settings.timeout,
        max_retries=_RETRIES,
        retry_on_timeout=True,
        **_transport_security(settings),
        **_credentials(settings),
    )


def _credentials(settings: ElasticsearchSettings) -> dict[str, Any]:
    if api_key := os.environ.get(settings.api_key_variable):
        return {"api_key": api_key}
    if password := os.environ.get(settings.password_variable):
        return {"basic_auth": (settings.username, password)}
    return {}


def _transport_security(settings: ElasticsearchSettings) -> dict[str, Any]:
    if settings.ca_certs and not settings.ca_certs.is_file():
        raise StoreError(f"There is no certificate file {settings.ca_certs}; `elasticsearch.ca_certs` names one.")
    given = {
        "ca_certs": str(settings.ca_certs) if settings.ca_certs else None,
        "ssl_assert_fingerprint": settings.fingerprint,
    }
    return {name: value for name, value in given.items() if value}


def is_busy(error: Exception) -> bool:
    """
    Tell whether a request that failed may succeed later: the cluster is overloaded, away, or lacks a shard.

    :param error: What was raised.
    :returns: Whether to try again. A wrong certificate is not mended by waiting, nor is a full disk.
    """
    if isinstance(error, ApiError):
        return error.status_code in _BUSY and not is_blocked(error.body)
    return isinstance(error, (TransportConnectionError, ConnectionTimeout)) and not isinstance(error, TlsError)


def is_busy_status(status: int) -> bool:
    """
    Tell the same from the status of one item of a bulk request.

    :param status: The HTTP status.
    :returns: Whether to try again.
    """
    return status in _BUSY


def is_blocked(body: Any) -> bool:
    """
    Tell whether the cluster refuses to write to an index at all, as it does when a disk is nearly full.

    :param body: An error as Elasticsearch describes it.
    :returns: Whether the index is read-only.
    """
    return "cluster_block_exception" in str(body)


def read_only(address: Address) -> StoreError:
    """
    Say that an index cannot be written.

    :param address: The index.
    :returns: The error to raise.
    """
    return StoreError(
        f"The index {address} is read-only. Elasticsearch makes it so when a disk is fuller than its flood-stage "
        "watermark: free space or add a node, and it lifts the block by itself. A block set by hand is lifted with "
        f'PUT /{address.index}/_settings {{"index.blocks.read_only_allow_delete": null, "index.blocks.write": null}}. '
        "Then run the same command again."
    )


def gave_up(address: Address, seconds: float, last: Any) -> StoreError:
    """
    Say that a cluster stayed busy.

    :param address: The index.
    :param seconds: How long it was tried.
    :param last: What it said last.
    :returns: The error to raise.
    """
    return StoreError(
        f"The cluster at {address} would not take everything within {seconds:g} seconds; the last it said was {last}. "
        "What it took is kept: run the same command again to go on, with fewer `elasticsearch.workers` or more "
        "`elasticsearch.patience`."
    )


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """
    Turn what the client raises into errors that a user can act on.

    :param address: The index spoken to.
    :raises StoreError: In place of any error of the client.
    """
    try:
        yield
    except AuthenticationException as error:
        raise StoreError(
            f"The cluster at {address} refuses the credentials. Put an API key into ELASTIC_API_KEY, or the password "
            "of `elasticsearch.username` into ELASTIC_PASSWORD, or whichever variables "
            "`elasticsearch.api_key_variable` and `elasticsearch.password_variable` name."
        ) from error
    except TlsError as error:
        raise StoreError(
            f"The certificate of {address} is not trusted: {_first_line(error)}. Name the authority that signed it "
            "with `elasticsearch.ca_certs`, or its SHA-256 with `elasticsearch.fingerprint`."
        ) from error
    except (TransportError, UnsupportedProductError) as error:
        raise StoreError(
            f"The cluster at {address} cannot be reached: {_first_line(error)}. Check the URL, the network, and that "
            "the cluster is up."
        ) from error
    except ApiError as error:
        raise _refused(address, error) from error


def _refused(address: Address, error: ApiError) -> StoreError:
    if is_blocked(error.body):
        return read_only(address)
    if isinstance(error, AuthorizationException):
        return StoreError(
            f"The user may not do this on {address}: {_reason(error)}. Grant it manage and all on this index."
        )
    if error.status_code in _BUSY:
        return StoreError(
            f"The cluster at {address} is overloaded or lacks a part of the index: {_reason(error)}. Look at its "
            "health, GET /_cluster/health, and try again."
        )
    return StoreError(f"The cluster at {address} refused a request: {_reason(error)}.")


def _reason(error: ApiError) -> str:
    described = error.body.get("error") if isinstance(error.body, dict) else None
    if isinstance(described, dict):
        cause = (described.get("root_cause") or [described])[0]
        return str(cause.get("reason") or described.get("reason") or described.get("type")).rstrip(".")
    return str(described or error.message).rstrip(".")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
