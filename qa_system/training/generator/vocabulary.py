"""The word pieces that a generator keeps of its base: those of reviews, so that it is small and chooses among fewer."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any

from qa_system.errors import ModelError

_TOGETHER = 1000


def pruned(tokenizer: Any, texts: Iterable[str], size: int, *, needed: str) -> tuple[Any, list[int]]:
    """
    Keep the commonest word pieces of a vocabulary.

    :param tokenizer: A tokenizer of BERT.
    :param texts: Where pieces are counted.
    :param size: How many to keep, those included that are always kept: special tokens and single characters, so that
        nothing that could be spelt before becomes unknown; 0 or more than there are for all.
    :param needed: A text whose pieces are always kept too.
    :returns: A tokenizer of the pieces that are kept, and what each was numbered before.
    :raises ModelError: The tokenizer is none of BERT.
    """
    if not 0 < size < len(tokenizer):
        return tokenizer, list(range(len(tokenizer)))
    if (kind := type(tokenizer).__name__) not in ("BertTokenizer", "BertTokenizerFast"):
        raise ModelError(
            f"the base has a {kind}, and only of a BertTokenizer can word pieces be picked out. Set vocabulary to 0."
        )
    characters = {number for piece, number in tokenizer.get_vocab().items() if len(piece.removeprefix("##")) == 1}
    always = characters.union(tokenizer.all_special_ids, tokenizer(needed)["input_ids"])
    common = (number for number, _ in _counted(tokenizer, texts).most_common() if number not in always)
    kept = sorted([*always, *islice(common, max(0, size - len(always)))])
    return _of_pieces(tokenizer, kept), kept


def _counted(tokenizer: Any, texts: Iterable[str]) -> Counter[int]:
    counts: Counter[int] = Counter()
    waiting = iter(texts)
    while some := list(islice(waiting, _TOGETHER)):
        for tokens in tokenizer(some, add_special_tokens=False)["input_ids"]:
            counts.update(tokens)
    return counts


def _of_pieces(tokenizer: Any, kept: list[int]) -> Any:
    pieces = tokenizer.convert_ids_to_tokens(kept)
    return type(tokenizer)(
        vocab={piece: number for number, piece in enumerate(pieces)},
        do_lower_case=tokenizer.do_lower_case,
        tokenize_chinese_chars=tokenizer.tokenize_chinese_chars,
        strip_accents=tokenizer.strip_accents,
        model_max_length=tokenizer.model_max_length,
    )
