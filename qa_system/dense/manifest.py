"""What a dense index says of itself: which encoder made it, and which of its folders holds the vectors."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qa_system.dense.durable import replace_file
from qa_system.errors import StoreError

FORMAT = 2
METRIC = "inner_product"
FILE_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """
    What tells one encoder from another.

    :param query_model: Name or folder of the model that encodes questions.
    :param passage_model: Name or folder of the model that encodes passages, the same unless the encoder is a pair.
    :param query_weights: SHA-256 of the question model's weights, in hexadecimal.
    :param passage_weights: SHA-256 of the passage model's weights.
    """

    query_model: str
    passage_model: str
    query_weights: str
    passage_weights: str

    def has_weights_of(self, other: "EncoderIdentity") -> bool:
        """
        Tell whether two encoders give the same vectors, wherever their folders lie.

        :param other: The other encoder.
        :returns: Whether all weights are equal.
        """
        return (self.query_weights, self.passage_weights) == (other.query_weights, other.passage_weights)

    def check_made(self, vectors: str, asked: "EncoderIdentity", *, remedy: str) -> None:
        """
        Refuse to compare the vectors that this encoder made with another's.

        :param vectors: What this encoder made, for the message.
        :param asked: The encoder that was asked for.
        :param remedy: How to make the vectors again.
        :raises StoreError: If its weights are others than this one's.
        """
        if not asked.has_weights_of(self):
            raise StoreError(
                f"{vectors} made with the encoder {self}, but {asked} was asked for; vectors of different encoders "
                f"cannot be compared. Ask for {self.query_model!r}, or: {remedy}"
            )

    def __str__(self) -> str:
        models = (self.query_model, self.query_weights), (self.passage_model, self.passage_weights)
        return " with ".join(f"{name!r} (weights {weights[:8]})" for name, weights in dict.fromkeys(models))


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    The description of a dense index, kept in its `manifest.json`.

    :param encoder: The encoder that made the vectors.
    :param dimension: Length of a vector.
    :param log: Name of the folder that holds the vector log.
    :param count: Passages in the index when its last writer finished.
    :param rows: Vectors in the log at that time, those of deleted passages included.
    """

    encoder: EncoderIdentity
    dimension: int
    log: str
    count: int
    rows: int

    @classmethod
    def load(cls, path: Path) -> "Manifest":
        """
        Read the manifest of an index.

        :param path: Folder of the index.
        :returns: The manifest.
        :raises StoreError: If there is none, it is damaged, or another version wrote it.
        """
        stored = _read(path)
        if (stored.get("format"), stored.get("metric")) != (FORMAT, METRIC):
            raise StoreError(
                f"The dense index {path} has format {stored.get('format')} and metric {stored.get('metric')!r}; this "
                f"version reads format {FORMAT} and metric {METRIC!r}. {_make_again(path)}"
            )
        try:
            encoder = EncoderIdentity(**stored["encoder"])
            return cls(encoder, stored["dimension"], stored["log"], stored["count"], stored["rows"])
        except (KeyError, TypeError) as error:
            raise damaged(path) from error

    def save(self, path: Path) -> None:
        """
        Write the manifest of an index; readers see the old or the new one.

        :param path: Folder of the index.
        :raises OSError: If the disk is full; the old manifest stays.
        """
        text = json.dumps({"format": FORMAT, "metric": METRIC, **asdict(self)}, indent=2)
        replace_file(path / FILE_NAME, text + "\n")

    def check_encoder(self, encoder: EncoderIdentity, path: Path) -> None:
        """
        Refuse an encoder that did not make the vectors.

        :param encoder: The encoder that was asked for.
        :param path: Folder of the index.
        :raises StoreError: If its weights are others than those that made the vectors.
        """
        self.encoder.check_made(f"The dense index {path} was", encoder, remedy=_make_again(path))


def has_index(path: Path) -> bool:
    """
    Tell whether a folder holds a dense index.

    :param path: Folder of the index.
    :returns: Whether it has a manifest.
    """
    return (path / FILE_NAME).is_file()


def damaged(path: Path) -> StoreError:
    """
    Say that an index cannot be read.

    :param path: Folder of the index.
    :returns: The error to raise.
    """
    return StoreError(f"The dense index {path} is damaged: parts of it are missing or unreadable. {_make_again(path)}")


def _read(path: Path) -> dict[str, Any]:
    try:
        stored = json.loads((path / FILE_NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StoreError(
            f"There is no dense index in {path}. Make it with `qa index SOURCE --store {path.parent}`."
        ) from error
    except ValueError as error:
        raise damaged(path) from error
    if not isinstance(stored, dict):
        raise damaged(path)
    return stored


def _make_again(path: Path) -> str:
    return f"Embed the passages again with `qa index SOURCE --store {path.parent} --rebuild-vectors`."
