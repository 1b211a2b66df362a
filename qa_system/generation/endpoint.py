"""A chat model behind an OpenAI-compatible endpoint. What goes wrong there is told with what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage, StreamingCallbackT
from haystack.utils import Secret
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

from qa_system.errors import GenerationError, SettingsError

NO_KEY = "none"
"""Sent where there is no key: local endpoints want none, and the client wants some."""
DETAIL_CHARS = 300
_FORM = "Make sure that llm.base_url is that of an OpenAI-compatible endpoint; it often ends in /v1."
_STATUS = re.compile(r"^Error code: \d+ - ")
_NONSENSE = (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What the client raises where an answer is not of the form that it should be."""


class EndpointChat:
    """
    A chat model that another process or machine runs.

    :param model: Its name there.
    :param base_url: Where: the part of the address before `/chat/completions`.
    :param api_key: Key, where one is needed.
    :param timeout: Seconds to wait for the next words.
    :param max_retries: How often to try again where the endpoint cannot be reached, is too busy, or fails.
    :param max_tokens: Longest reply.
    :param temperature: None leaves it to the endpoint.
    :raises SettingsError: `base_url` is no address.
    """

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        api_key: Secret,
        timeout: float,
        max_retries: int,
        max_tokens: int,
        temperature: float | None,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise SettingsError(
                f"The chat model's base_url is {base_url!r}; it has to be an address such as http://localhost:11434/v1."
            )
        self.model = model
        self.base_url = base_url
        self.timeout = timeout
        # OpenAI's newest models refuse the name that all other endpoints know.
        limit = "max_completion_tokens" if "//api.openai.com" in base_url else "max_tokens"
        options: dict[str, Any] = {limit: max_tokens}
        self._generator = OpenAIChatGenerator(
            api_key=Secret.from_token(api_key.resolve_value() or NO_KEY),
            model=model,
            api_base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            generation_kwargs=options if temperature is None else {**options, "temperature": temperature},
        )

    def reply(self, messages: list[ChatMessage], streaming_callback: StreamingCallbackT | None = None) -> ChatMessage:
        """
        Have the model reply.

        :param messages: The conversation so far.
        :param streaming_callback: Told of each piece as it comes.
        :returns: The reply; `meta` has its `finish_reason`.
        :raises GenerationError: The endpoint cannot be reached, is too slow, refuses, fails, or replies something else.
        """
        with self._explained():
            reply = self._generator.run(messages, streaming_callback)["replies"][0]
        if not reply.text and reply.meta.get("finish_reason") is None:
            raise self._failure(f"answered nothing. {_FORM}")
        return reply

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except APITimeoutError as error:
            raise self._failure(
                f"did not answer within {self.timeout:g} seconds. Try again, or raise llm.timeout."
            ) from error
        except APIConnectionError as error:
            raise self._failure(
                f"cannot be reached: {_detail(error.__cause__ or error)}. Start it, or correct llm.base_url."
            ) from error
        except APIStatusError as error:
            raise self._failure(self._refusal(error)) from error
        except APIError as error:
            raise self._failure(f"failed while it answered: {_detail(error)}. Try again.") from error
        except _NONSENSE as error:
            raise self._failure(
                f"answered in another form than that of chat completions ({type(error).__name__}). {_FORM}"
            ) from error

    def _refusal(self, error: APIStatusError) -> str:
        match error.status_code:
            case 401 | 403:
                return "refused the key. Put a valid one into the environment variable that llm.key_variable names."
            case 404:
                return (
                    f"does not know the model, or has no such address: {_detail(error)}. Correct llm.model or "
                    "llm.base_url, which often ends in /v1."
                )
            case 429:
                return f"takes no more requests for now: {_detail(error)}. Wait, or see to its quota."
            case status if status >= 500:
                return f"failed (HTTP {status}): {_detail(error)}. Try again; its own log tells why."
            case status:
                return (
                    f"refused the request (HTTP {status}): {_detail(error)}. Where the prompt is too long for the "
                    "model, ask with fewer passages."
                )

    def _failure(self, what: str) -> GenerationError:
        return GenerationError(f"The chat model {self.model!r} at {self.base_url} {what}")


def _detail(error: BaseException) -> str:
    said = _STATUS.sub("", " ".join(str(error).split())).rstrip(".") or type(error).__name__
    return said if len(said) <= DETAIL_CHARS else f"{said[:DETAIL_CHARS]} …"
