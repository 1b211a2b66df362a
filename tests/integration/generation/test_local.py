"""Chat models that run in this process; the model is tiny, and made here."""

from collections.abc import Callable
from pathlib import Path

import pytest
from haystack import Document
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from qa_system.errors import GenerationError, ModelError
from qa_system.generation.llm import LLMGenerator
from qa_system.models import bundled_model

pytest.importorskip("haystack_integrations.components.generators.transformers")

REVIEWS = [Document(content="The bass is deep.")]
TEMPLATE = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant:"


@pytest.fixture(scope="module")
def chat_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Save a language model over bytes that knows nothing, and name its folder."""
    import torch

    def saved(*, positions: int = 8192, template: str | None = TEMPLATE) -> str:
        torch.manual_seed(0)
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        vocabulary = {"<end>": 0} | {character: number for number, character in enumerate(alphabet, start=1)}
        tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        folder = tmp_path_factory.mktemp("chat")
        named = {"eos_token": "<end>", "pad_token": "<end>", "chat_template": template}
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named).save_pretrained(folder)
        sizes = {"n_embd": 16, "n_layer": 1, "n_head": 2, "vocab_size": len(vocabulary), "n_positions": positions}
        GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=0)).save_pretrained(folder)
        return str(folder)

    return saved


def test_it_is_asked_and_writes_what_it_likes(chat_model: Callable) -> None:
    pieces = []
    generator = LLMGenerator(chat_model(), max_tokens=5)
    with pytest.raises(GenerationError, match="cut off before it ended a sentence"):  # it knows no full stop
        generator.run("How is the bass?", REVIEWS, lambda chunk: pieces.append(chunk.content))
    assert pieces


def test_what_it_writes_is_the_same_each_time(chat_model: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = LLMGenerator(chat_model(), max_tokens=8)
    generator.warm_up()
    model = generator._chat._generator.pipeline.model
    stop = 1 + sorted(pre_tokenizers.ByteLevel.alphabet()).index(".")
    monkeypatch.setattr(model.generation_config, "forced_eos_token_id", [stop])  # so that it ends a sentence
    first, second = (generator.run("How is the bass?", REVIEWS)["answers"][0] for _ in range(2))
    assert first.data == second.data
    assert first.data.endswith(".")


@pytest.mark.parametrize("model", ["no-such-model-anywhere", "README.md"])
def test_what_is_not_there_is_named(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=rf"(?s){model}.*base_url"):
        LLMGenerator(model).warm_up()


def test_a_model_of_another_kind_is_refused() -> None:
    with pytest.raises(ModelError, match="no chat model but BertForQuestionAnswering"):
        LLMGenerator(str(bundled_model("minilm-review-reader"))).warm_up()


def test_a_model_that_knows_no_conversation_is_refused(chat_model: Callable) -> None:
    with pytest.raises(ModelError, match="no chat template"):
        LLMGenerator(chat_model(template=None)).warm_up()


def test_a_folder_without_weights_is_refused(chat_model: Callable) -> None:
    folder = Path(chat_model())
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="could not be loaded"):
        LLMGenerator(str(folder)).warm_up()


def test_passages_that_are_too_long_for_it_are_told(chat_model: Callable) -> None:
    with pytest.raises(GenerationError, match=r"takes 512 together.*fewer passages"):
        LLMGenerator(chat_model(positions=512), max_tokens=5).run("How is the bass?", REVIEWS)
