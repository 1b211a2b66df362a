import pytest
from transformers import BertTokenizerFast, PreTrainedTokenizerFast

from qa_system.errors import ModelError
from qa_system.training.generator.vocabulary import pruned

SPECIAL = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = list("abcdefgh")
WORDS = ["deep", "bass", "cable", "##able", "not", "mentioned"]


@pytest.fixture
def tokenizer():
    pieces = [*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS), *WORDS]
    return BertTokenizerFast(vocab={piece: number for number, piece in enumerate(pieces)}, model_max_length=64)


def test_the_commonest_pieces_stay_and_everything_can_still_be_spelt(tokenizer):
    texts = ["Bass bass bass deep", "deep cable"]
    small, kept = pruned(tokenizer, texts, len(SPECIAL) - 1 + 16 + 2 + 1, needed="not mentioned")
    assert set(small.get_vocab()) == {
        *SPECIAL,
        *LETTERS,
        *(f"##{one}" for one in LETTERS),
        "bass",
        "not",
        "mentioned",
    } - {"[unused0]"}
    assert tokenizer.convert_ids_to_tokens(kept) == small.convert_ids_to_tokens(range(len(small)))
    assert small.tokenize("fade bass") == ["f", "##a", "##d", "##e", "bass"]
    assert small("bass", "not")["input_ids"] == [
        small.convert_tokens_to_ids(piece) for piece in ("[CLS]", "bass", "[SEP]", "not", "[SEP]")
    ]
    assert small.model_max_length == 64


@pytest.mark.parametrize("size", [0, 1000])
def test_all_pieces_stay_where_that_is_wanted(tokenizer, size):
    same, kept = pruned(tokenizer, ["bass"], size, needed="")
    assert same is tokenizer
    assert kept == list(range(len(tokenizer)))


def test_a_tokenizer_of_another_kind_is_refused(tokenizer):
    other = PreTrainedTokenizerFast(tokenizer_object=tokenizer.backend_tokenizer)
    with pytest.raises(ModelError, match="Set vocabulary to 0"):
        pruned(other, ["bass"], 5, needed="")
