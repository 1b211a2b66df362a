"""A chat model as a Haystack component: a question and passages in, an answer that cites them out."""

import re
from logging import getLogger
from typing import Any, Protocol

from haystack import Document, GeneratedAnswer, component, default_from_dict, default_to_dict
from haystack.dataclasses import ChatMessage, StreamingCallbackT
from haystack.utils import ComponentDevice, Secret

from qa_system.errors import GenerationError
from qa_system.generation.citations import whole_sentences
from qa_system.generation.endpoint import EndpointChat
from qa_system.generation.local import LocalChat
from qa_system.generation.prompt import prompt

LONGEST_ANSWER = 10_000
"""Characters; what a model writes beyond is not looked at."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)

logger = getLogger(__name__)


class Chat(Protocol):
    """What replies to messages."""

    def reply(self, messages: list[ChatMessage], streaming_callback: StreamingCallbackT | None = None) -> ChatMessage:
        """
        Reply.

        :param messages: The conversation so far.
        :param streaming_callback: Told of each piece as it comes.
        :returns: The reply.
        """
        ...


@component
class LLMGenerator:
    """
    Has a chat model write an answer from passages, which it numbers and tells the model to cite.

    Nothing that it writes is checked here: connect `AnswerChecker` to it.

    ```python
    generator = LLMGenerator("qwen3:4b", base_url="http://localhost:11434/v1")
    answers = generator.run(query="How is the bass?", documents=[Document(content="The bass is deep.")])["answers"]
    ```

    :param model: Name of the model at the endpoint; without an endpoint a folder, or a name on the Hugging Face hub.
    :param base_url: An OpenAI-compatible endpoint, such as `https://api.openai.com/v1`; None runs the model here.
    :param api_key: Key of the endpoint, where it needs one.
    :param token: For private models of the hub.
    :param timeout: Seconds to wait for the endpoint's next words.
    :param max_retries: How often to try again where the endpoint fails.
    :param max_tokens: Longest answer.
    :param temperature: None leaves it to the endpoint; a model that runs here takes the likeliest words then.
    :param device: Where a model runs that runs here; by default a GPU if there is one.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: Secret = Secret.from_env_var("OPENAI_API_KEY", strict=False),  # noqa: B008
        token: Secret | None = Secret.from_env_var(["HF_API_TOKEN", "HF_TOKEN"], strict=False),  # noqa: B008
        timeout: float = 60.0,
        max_retries: int = 2,
        max_tokens: int = 300,
        temperature: float | None = None,
        device: ComponentDevice | None = None,
    ) -> None:
        self.model = model
        self.base_url = base_url
        self.api_key = api_key
        self.token = token
        self.timeout = timeout
        self.max_retries = max_retries
        self.max_tokens = max_tokens
        self.temperature = temperature
        self.device = device
        self._chat: Chat | None = None

    def warm_up(self) -> None:
        """
        Load the model, or make the endpoint's client; later calls do nothing.

        :raises SettingsError: The endpoint has no address, or what runs models here is not installed.
        :raises ModelError: The model cannot be loaded, or is no chat model.
        """
        self._load()

    @component.output_types(answers=list[GeneratedAnswer])
    def run(
        self, query: str, documents: list[Document], streaming_callback: StreamingCallbackT | None = None
    ) -> dict[str, list[GeneratedAnswer]]:
        """
        Have an answer written.

        :param query: The question.
        :param documents: The passages; the model knows them by their numbers in this order, counted from 1.
        :param streaming_callback: Told of each piece of the answer as it comes, unchecked.
        :returns: `answers`: one with what the model wrote, which is empty where it wrote nothing; none where there is
            no text to write from. `meta` has `model`, `is_cut`, whether it was stopped before its end and its last
            sentence left out, and `usage`, the tokens that it took, where that is known.
        :raises SettingsError: As `warm_up`.
        :raises ModelError: As `warm_up`.
        :raises GenerationError: The model cannot be reached or fails, the passages are too long for it, or its answer
            ends before its first sentence does.
        """
        if not any(document.content for document in documents):
            return {"answers": []}
        reply = self._load().reply(prompt(query, documents), streaming_callback)
        text, is_cut = self._text(reply)
        meta = {"model": self.model, "is_cut": is_cut, "usage": reply.meta.get("usage")}
        return {"answers": [GeneratedAnswer(text, query, documents, meta)]}

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component.

        :returns: Its class and parameters; of the secrets only where to find them.
        """
        parameters = ("model", "base_url", "api_key", "token", "timeout", "max_retries", "max_tokens", "temperature")
        return default_to_dict(self, **{name: getattr(self, name) for name in (*parameters, "device")})

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "LLMGenerator":
        """
        Make the component that `to_dict` described.

        :param data: What `to_dict` gave.
        :returns: A component with the same parameters.
        """
        return default_from_dict(cls, data)

    def _load(self) -> Chat:
        if self._chat is None:
            self._chat = self._local() if self.base_url is None else self._endpoint(self.base_url)
        return self._chat

    def _endpoint(self, base_url: str) -> Chat:
        return EndpointChat(
            self.model,
            base_url,
            api_key=self.api_key,
            timeout=self.timeout,
            max_retries=self.max_retries,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
        )

    def _local(self) -> Chat:
        return LocalChat(
            self.model,
            token=self.token,
            device=self.device,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
        )

    def _text(self, reply: ChatMessage) -> tuple[str, bool]:
        """Take what was written to its end, and tell whether something was not."""
        written = printable(_THOUGHTS.sub("", reply.text or "")).strip()
        reason = reply.meta.get("finish_reason")
        if reason == "stop" and len(written) <= LONGEST_ANSWER:
            return written, False
        whole = whole_sentences(written[:LONGEST_ANSWER])
        if not whole:
            raise GenerationError(
                f"The chat model {self.model!r} was cut off before it ended a sentence (finish reason: {reason}). Try "
                f"again, or raise llm.max_tokens, which is {self.max_tokens}: some models think before they write."
            )
        if whole != written:
            logger.warning("The answer was cut off (finish reason: %s); its last sentence is left out.", reason)
        return whole, whole != written


def printable(text: str) -> str:
    """
    Take from a text what could steer a terminal.

    :param text: Any text.
    :returns: The text without control characters, but for line ends and tabs.
    """
    return _CONTROLS.sub("", text)
