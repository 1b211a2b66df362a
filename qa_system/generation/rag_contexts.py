"""A question and a passage as one text, the way a generator was trained to read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from haystack import Document

_LONGEST = 512


@dataclass(frozen=True, slots=True)
class ContextWriter:
    """
    Puts questions and passages together.

    :param tokenizer: The generator's.
    :param max_length: Tokens that it reads at most; what a text has more is cut off at its end.
    :param pattern: How question, title and text make one text; None for a pair of question and text.
    """

    tokenizer: Any
    max_length: int
    pattern: str | None = None

    @classmethod
    def of(cls, config: Any, tokenizer: Any) -> "ContextWriter":
        """
        Find out how a model reads.

        :param config: The model's configuration; that of a RAG model of transformers has separators, which were made
            for articles with titles.
        :param tokenizer: The generator's.
        :returns: What writes for it.
        """
        if config.model_type == "rag":
            prefix = config.generator.prefix if getattr(config.generator, "prefix", None) else ""
            parts = (prefix, "{title}", config.title_sep, "{text}", config.doc_sep, "{question}")
            return cls(tokenizer, config.max_combined_length, "".join(parts))
        return cls(tokenizer, longest_input(config))

    def write(self, question: str, documents: Sequence[Document]) -> Mapping[str, Any]:
        """
        Write.

        :param question: The question.
        :param documents: The passages, with text; of their meta `title` or `item_name` is the title.
        :returns: `input_ids` and `attention_mask`, tensors of shape `(passages, tokens)`.
        """
        pairs = [(question, document.content or "") for document in documents]
        texts = pairs if self.pattern is None else [self._joined(question, document) for document in documents]
        return self.tokenizer(
            texts,
            truncation=True,
            max_length=self.max_length,
            padding=True,
            return_tensors="pt",
            return_token_type_ids=False,
        )

    def _joined(self, question: str, document: Document) -> str:
        """Join as `RagRetriever.postprocess_docs` does."""
        title = str(document.meta.get("title") or document.meta.get("item_name") or "").strip('"')
        joined = (self.pattern or "").format(title=title, text=document.content, question=question)
        return joined.replace("  ", " ")


def longest_input(config: Any) -> int:
    """
    Tell how much a sequence-to-sequence model reads at once.

    :param config: Its configuration.
    :returns: Tokens; 512 for models that do not say.
    """
    return getattr(getattr(config, "encoder", config), "max_position_embeddings", None) or _LONGEST
