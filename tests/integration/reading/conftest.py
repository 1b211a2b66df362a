"""Tiny models of several architectures."""

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForQuestionAnswering,
    DistilBertConfig,
    DistilBertForQuestionAnswering,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForQuestionAnswering,
)

from qa_system.models import bundled_model

TINY = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
TINY_DISTILBERT = {"dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 16}


@pytest.fixture
def byte_level_tokenizer():
    """A RoBERTa-like tokenizer: bytes as tokens, no token types, two separators between question and passage."""
    return _byte_level_tokenizer()


@pytest.fixture
def saved():
    """Save a model, by default with the tokenizer of the bundled reader, and name the folder."""
    return _saved


@pytest.fixture
def tiny_bert(tmp_path):
    """The folder of a tiny reader."""
    return _saved(tmp_path / "tiny", BertForQuestionAnswering(BertConfig(**TINY)))


@pytest.fixture(params=["bert", "distilbert", "roberta"])
def model_folder(request, tmp_path):
    """Folders of tiny readers."""
    vocabulary = {"vocab_size": 30522, "max_position_embeddings": 258}
    match request.param:
        case "bert":
            return _saved(tmp_path, BertForQuestionAnswering(BertConfig(**TINY, **vocabulary)))
        case "distilbert":
            return _saved(tmp_path, DistilBertForQuestionAnswering(DistilBertConfig(**TINY_DISTILBERT, **vocabulary)))
        case _:
            config = RobertaConfig(**TINY, max_position_embeddings=258, vocab_size=259, type_vocab_size=1)
            return _saved(tmp_path, RobertaForQuestionAnswering(config), _byte_level_tokenizer())


def _byte_level_tokenizer():
    specials = {"<s>": 0, "<pad>": 1, "</s>": 2}
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = specials | {character: number for number, character in enumerate(alphabet, start=len(specials))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    named = {"cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=256, **named)


def _saved(folder, model, tokenizer=None):
    model.save_pretrained(folder)
    (tokenizer or AutoTokenizer.from_pretrained(bundled_model("minilm-review-reader"))).save_pretrained(folder)
    return str(folder)
