"""Tiny generators with random weights and a vocabulary of words, in every form that is loaded."""

from pathlib import Path

import pytest
import torch
from haystack import Document
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BertConfig,
    BertTokenizerFast,
    DPRConfig,
    DPRQuestionEncoder,
    EncoderDecoderConfig,
    RagSequenceForGeneration,
    RagTokenForGeneration,
    RagTokenizer,
)

from qa_system.generation.bert2bert import Bert2Bert

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = (*SPECIAL, *("how", "is", "the", "bass", "it", "deep"), *("awful", "cable", "short", "and", "not", "mentioned"))
PAD, START, END = 0, 2, 3
SIZES = {
    "vocab_size": len(WORDS),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
    "initializer_range": 0.7,
}
BART = {
    "vocab_size": len(WORDS),
    "d_model": 16,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "max_position_embeddings": 64,
    "init_std": 0.7,
    "pad_token_id": PAD,
    "bos_token_id": START,
    "eos_token_id": END,
    "decoder_start_token_id": END,
    "forced_bos_token_id": None,
    "forced_eos_token_id": None,
}
PASSAGES = ("the bass is deep", "it is awful and the cable is short", "short")


@pytest.fixture(scope="session")
def tokenizer():
    return BertTokenizerFast(vocab={word: number for number, word in enumerate(WORDS)})


@pytest.fixture(scope="session")
def bert2bert(tokenizer, tmp_path_factory):
    """A generator as `qa train generator` saves it, that may abstain."""
    torch.manual_seed(0)
    config = EncoderDecoderConfig.from_encoder_decoder_configs(
        BertConfig(**SIZES),
        BertConfig(**SIZES),
        tie_word_embeddings=True,
        decoder_start_token_id=START,
        eos_token_id=END,
        pad_token_id=PAD,
        qa_system={"no_answer": "not mentioned", "threshold": -100.0, "prior_temperature": 0.5},
    )
    return saved(Bert2Bert(config), tokenizer, tmp_path_factory)


@pytest.fixture(scope="session")
def bart(tokenizer, tmp_path_factory):
    """A sequence-to-sequence model that knows nothing of RAG."""
    torch.manual_seed(1)
    return saved(BartForConditionalGeneration(BartConfig(**BART)), tokenizer, tmp_path_factory)


@pytest.fixture(scope="session")
def facebook(tokenizer, tmp_path_factory):
    """The folders of RAG models in the form of facebook/rag-token-nq and facebook/rag-sequence-nq, of equal weights."""
    torch.manual_seed(2)
    sizes = {name: SIZES[name] for name in ("vocab_size", "hidden_size", "num_attention_heads", "intermediate_size")}
    encoder = DPRQuestionEncoder(DPRConfig(**sizes, num_hidden_layers=1))
    generator = BartForConditionalGeneration(BartConfig(**BART))
    folders = {}
    for name, kind in (("token", RagTokenForGeneration), ("sequence", RagSequenceForGeneration)):
        folders[name] = tmp_path_factory.mktemp("models") / f"rag-{name}"
        kind(question_encoder=encoder, generator=generator).save_pretrained(folders[name])
        RagTokenizer(question_encoder=tokenizer, generator=tokenizer).save_pretrained(folders[name])
    return folders


@pytest.fixture
def documents():
    return [Document(content=text, score=score) for text, score in zip(PASSAGES, (2.0, 1.5, -1.0), strict=True)]


def saved(model, tokenizer, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "generator"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
