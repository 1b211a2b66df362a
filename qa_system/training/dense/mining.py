"""Hard negatives: for every question passages that a retriever would find and that do not answer."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

from qa_system.dense.durable import replace_file
from qa_system.training.dense.candidates import Candidates
from qa_system.training.dense.false_negatives import Suspicion, SuspiciousReader
from qa_system.training.dense.pairs import Pair
from qa_system.training.dense.passages import Corpus

OnMining = Callable[[int, int], None]
"""Told how many pairs are done, of how many."""

_TOGETHER = 64
"""Pairs whose candidates are read in common batches."""

_SPARE = 3
"""So many candidates are looked at per negative that is wanted: the reader refuses some."""

_TRIES = 100
"""How often a passage is drawn before a question is given up on, whose answer is in almost every passage."""


@dataclass(slots=True)
class Mined:
    """
    What an encoder is trained on.

    :param rows: Texts: a question, the passage that answers it, and the negatives; as many in each row.
    :param dropped: Candidates that may well answer, by reason.
    :param negatives: Passages that are negatives, by where they are from: `same item`, `anywhere`, or `chance` where
        too few were found.
    """

    rows: list[list[str]] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    negatives: dict[str, int] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """
        Keep it, so that a training that goes on need not look again.

        :param path: The file, which is there as a whole or not at all.
        """
        replace_file(path, json.dumps(asdict(self), ensure_ascii=False))

    @classmethod
    def load(cls, path: Path) -> "Mined":
        """
        Read what was kept.

        :param path: The file.
        :returns: It.
        """
        return cls(**json.loads(path.read_text(encoding="utf-8")))


class Miner:
    """
    Looks for negatives.

    :param corpus: The passages.
    :param suspicion: Which of them may answer, from the labels.
    :param candidates: What is found for a question.
    :param reader: Which of those of the same item may answer, by reading; None to leave that out.
    :param negatives: How many negatives a question gets.
    :param seed: Draws where too few are found.
    """

    def __init__(
        self,
        corpus: Corpus,
        suspicion: Suspicion,
        candidates: Candidates,
        reader: SuspiciousReader | None,
        *,
        negatives: int,
        seed: int,
    ) -> None:
        self._corpus = corpus
        self._suspicion = suspicion
        self._candidates = candidates
        self._reader = reader
        self._count = negatives
        self._random = Random(seed)
        self._dropped: Counter[str] = Counter()
        self._negatives: Counter[str] = Counter()

    def mine(self, pairs: Sequence[Pair], on_progress: OnMining) -> Mined:
        """
        Look for the negatives of all pairs.

        :param pairs: The pairs.
        :param on_progress: Called every few pairs.
        :returns: The rows to learn from, in the order of the pairs.
        """
        mined, waiting = Mined(), iter(pairs)
        while some := list(islice(waiting, _TOGETHER)):
            mined.rows += [self._row(pair, rows) for pair, rows in zip(some, self._found(some), strict=True)]
            on_progress(len(mined.rows), len(pairs))
        mined.dropped, mined.negatives = dict(self._dropped), dict(self._negatives)
        return mined

    def _found(self, pairs: Sequence[Pair]) -> list[list[int]]:
        """Find the candidates of pairs that nothing speaks against."""
        kept = [self._unsuspicious(pair, rows) for pair, rows in zip(pairs, self._candidates.of(pairs), strict=True)]
        if self._reader is None:
            return kept
        near = [[row for row in rows if self._same_item(pair, row)] for pair, rows in zip(pairs, kept, strict=True)]
        texts = [[self._corpus.passages[row].text for row in rows] for rows in near]
        verdicts = self._reader.answering([pair.question for pair in pairs], texts)
        answering = [
            {row for row, answers in zip(rows, told, strict=True) if answers}
            for rows, told in zip(near, verdicts, strict=True)
        ]
        self._dropped["read to answer"] += sum(map(len, answering))
        return [[row for row in rows if row not in told] for rows, told in zip(kept, answering, strict=True)]

    def _unsuspicious(self, pair: Pair, rows: Sequence[int]) -> list[int]:
        """Keep candidates until there are enough for the reader to refuse some."""
        kept: list[int] = []
        for row in rows:
            if len(kept) == _SPARE * self._count:
                break
            if reason := self._suspicion.of(pair, row):
                self._dropped[reason] += 1
            else:
                kept.append(row)
        return kept

    def _row(self, pair: Pair, found: Sequence[int]) -> list[str]:
        chosen = list(found[: self._count])
        kinds = ["same item" if self._same_item(pair, row) else "anywhere" for row in chosen]
        chance = list(islice(self._by_chance(pair, chosen), self._count - len(chosen)))
        self._negatives.update(kinds + ["chance"] * len(chance))
        return [pair.question, *(self._corpus.passages[row].text for row in (pair.row, *chosen, *chance))]

    def _by_chance(self, pair: Pair, chosen: Sequence[int]) -> Iterator[int]:
        """Draw passages; each row has to have as many negatives, so that one that may answer is taken at the last."""
        taken = {pair.row, *chosen}
        while True:
            drawn = [self._random.randrange(len(self._corpus.passages)) for _ in range(_TRIES)]
            free = [row for row in drawn if row not in taken]
            row = next((row for row in free if not self._suspicion.of(pair, row)), (free or drawn)[0])
            taken.add(row)
            yield row

    def _same_item(self, pair: Pair, row: int) -> bool:
        item = self._corpus.passages[pair.row].item
        return item is not None and self._corpus.passages[row].item == item


def summary(counts: Mapping[str, int]) -> str:
    """
    Say counts in a line.

    :param counts: By what is counted.
    :returns: `12 same review, 3 read to answer`; `none` where there are none.
    """
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "none"
