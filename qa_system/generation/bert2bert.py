"""A sequence-to-sequence model made of one encoder: the architecture of the bundled generator."""

from typing import Any

from transformers import EncoderDecoderConfig, EncoderDecoderModel, PreTrainedModel

from qa_system.generation.marking import MarkingEncoder

_LAYERS = r"encoder\.layer\.\d+\.(attention|intermediate|output)\."
_EMBEDDINGS = r"embeddings\.(word_embeddings|position_embeddings|token_type_embeddings|LayerNorm)\."


class SharedBert2Bert(EncoderDecoderModel):
    """
    BERT as encoder and as decoder, which share all weights but the cross-attention and the output layer's (BERTSHARE of
    Rothe et al., 2020), and whose output layer has the embeddings of the input. The encoder marks answers.

    It is saved and loaded as any model of transformers, each weight once.

    :param config: Its configuration, which says `tie_word_embeddings`.
    :param encoder: What it starts from; None for weights at random.
    :param decoder: The same.
    """

    _tied_weights_keys = {  # noqa: RUF012 - transformers declares it so
        rf"decoder\.bert\.{_LAYERS}": rf"encoder\.{_LAYERS}",
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
