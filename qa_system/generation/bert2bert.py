"""A sequence-to-sequence model made of one encoder: the architecture of the bundled generator."""

from typing import Any

from transformers import EncoderDecoderConfig, EncoderDecoderModel, PreTrainedModel

from qa_system.generation.marking import MarkingEncoder

_EMBEDDINGS = r"embeddings\.(word_embeddings|position_embeddings|token_type_embeddings|LayerNorm)\."


class Bert2Bert(EncoderDecoderModel):
    """
    BERT as encoder and as decoder (BERT2BERT of Rothe et al., 2020), which share their embeddings with each other and
    with the output layer. The encoder marks answers.

    Their layers are not shared, as those of BERTSHARE are: a reader whose layers learned to write as well forgot where
    answers stand.

    It is saved and loaded as any model of transformers, each weight once.

    :param config: Its configuration, which says `tie_word_embeddings`.
    :param encoder: What it starts from; None for weights at random.
    :param decoder: The same.
    """

    _tied_weights_keys = {  # noqa: RUF012 - transformers declares it so
        rf"decoder\.bert\.{_EMBEDDINGS}": rf"encoder\.{_EMBEDDINGS}",
    }

    def __init__(
        self,
        config: EncoderDecoderConfig,
        encoder: PreTrainedModel | None = None,
        decoder: PreTrainedModel | None = None,
    ) -> None:
        own: Any = config.encoder
        super().__init__(config, encoder or MarkingEncoder(own, config.eos_token_id), decoder)
