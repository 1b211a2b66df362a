"""A chat model of Hugging Face that this process runs."""

from pathlib import Path
from threading import Lock
from typing import Any

from haystack.dataclasses import ChatMessage, StreamingCallbackT
from haystack.utils import ComponentDevice, Secret

from qa_system.errors import GenerationError, ModelError, SettingsError
from qa_system.inference.model_files import find_model


class LocalChat:
    """
    A chat model that this process loads and runs, one reply at a time.

    :param model: A folder, or a name on the Hugging Face hub.
    :param token: For private models of the hub.
    :param device: Where it runs; by default a GPU if there is one.
    :param max_tokens: Longest reply.
    :param temperature: None takes the likeliest words.
    :raises SettingsError: Haystack's transformers integration is not installed.
    :raises ModelError: The model cannot be loaded, or is no chat model.
    """

    def __init__(
        self,
        model: str,
        *,
        token: Secret | None,
        device: ComponentDevice | None,
        max_tokens: int,
        temperature: float | None,
    ) -> None:
        self.model = model
        self.max_tokens = max_tokens
        sampling = {"do_sample": True, "temperature": temperature} if temperature else {"do_sample": False}
        self._generator = _generator_class()(
            model=str(_folder_of_a_writer(model, token)),
            task="text-generation",
            device=device,
            token=token,
            generation_kwargs={"max_new_tokens": max_tokens, **sampling},
        )
        self._lock = Lock()
        self._load()

    def reply(self, messages: list[ChatMessage], streaming_callback: StreamingCallbackT | None = None) -> ChatMessage:
        """
        Have the model reply.

        :param messages: The conversation so far.
        :param streaming_callback: Told of each piece as it comes.
        :returns: The reply; `meta` has its `finish_reason`.
        :raises GenerationError: The messages are too long for the model, or it fails.
        """
        self._check_length(messages)
        try:
            with self._lock:  # a pipeline of transformers is not made for several threads
                return self._generator.run(messages, streaming_callback=streaming_callback)["replies"][0]
        except (IndexError, RuntimeError, ValueError) as error:
            raise GenerationError(
                f"The chat model {self.model!r} failed: {error}. Ask with fewer passages, or set llm.model to another."
            ) from error

    def _load(self) -> None:
        try:
            self._generator.warm_up()
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            raise ModelError(f"The chat model {self.model!r} could not be loaded: {error}") from error
        if not self._generator.pipeline.tokenizer.chat_template:
            raise ModelError(
                f"{self.model!r} is no chat model: its tokenizer has no chat template. Name one that was trained to "
                "follow instructions, such as Qwen/Qwen3-0.6B."
            )

    def _check_length(self, messages: list[ChatMessage]) -> None:
        """A model that is given more than it was made for writes nonsense, or fails in its depths."""
        pipeline = self._generator.pipeline
        limit = getattr(pipeline.model.config.get_text_config(), "max_position_embeddings", None)
        length = sum(len(pipeline.tokenizer(message.text)["input_ids"]) for message in messages)
        if limit is not None and length + self.max_tokens > limit:
            raise GenerationError(
                f"The question and its passages have {length:,} tokens and the reply may have {self.max_tokens:,}; the "
                f"chat model {self.model!r} takes {limit:,} together. Ask with fewer passages, or lower llm.max_tokens."
            )


def _folder_of_a_writer(model: str, token: Secret | None) -> Path:
    """Transformers loads a model of another kind too, with random weights where a chat model would have some."""
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as WRITERS

    try:
        folder = find_model(model, token)
        config = AutoConfig.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The chat model {model!r} could not be loaded: {error} It should be a folder, or a name on the Hugging "
            "Face hub; for one behind an endpoint set llm.base_url too."
        ) from error
    kinds = config.architectures or []
    if not set(kinds) & set(WRITERS.values()):
        raise ModelError(
            f"{model!r} is no chat model but {', '.join(kinds) or 'of unknown kind'}. Name a causal language model "
            "that was trained to follow instructions, such as Qwen/Qwen3-0.6B."
        )
    return folder


def _generator_class() -> Any:
    try:
        from haystack_integrations.components.generators.transformers import TransformersChatGenerator
    except ImportError as error:
        raise SettingsError(
            "A chat model on this machine needs Haystack's transformers integration: pip install 'qa-system[llm]'. For "
            "one behind an endpoint set llm.base_url."
        ) from error
    return TransformersChatGenerator
