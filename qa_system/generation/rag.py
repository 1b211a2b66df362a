"""RAG as a Haystack component: a question and its retrieved passages in, generated answers out."""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haystack import Document, GeneratedAnswer, component, default_from_dict, default_to_dict
from haystack.utils import ComponentDevice, Secret

from qa_system.dense.manifest import EncoderIdentity
from qa_system.errors import ModelError, SettingsError
from qa_system.generation.rag_model import RagModel, load_rag
from qa_system.generation.rag_traits import RAG_VARIANTS, SCORE_SCALES, RagTraits, RagVariant, ScoreScale

if TYPE_CHECKING:
    from qa_system.generation.rag_writing import Written

_MORE_PROBABLE_THAN_NOT = 0.5
_LEAST = {"num_beams": 1, "max_new_tokens": 1, "length_penalty": 0, "no_repeat_ngram_size": 0, "answers": 1}
_PARAMETERS = ("model", "variant", "score_scale", *_LEAST, "device", "token")


@component
class RAGGenerator:
    """
    Writes answers from retrieved passages (Lewis et al., 2020, "Retrieval-augmented generation for knowledge-intensive
    NLP tasks"): each passage is read with the question on its own, and what they say is summed up, weighted by the
    scores of the retriever.

    The marginal is taken over any sequence-to-sequence model, the generators of transformers' RAG models among them;
    `rag_marginal.py` has the formulas. Safe to use from several threads; generators of one model share it.

    ```python
    generator = RAGGenerator("minilm-review-generator")
    answers = generator.run(query="How is the bass?", documents=retriever.run("How is the bass?")["documents"])
    ```

    :param model: Name of a bundled model, a folder, or a name on the Hugging Face hub such as `facebook/rag-token-nq`.
    :param variant: `token`, where each token may come from another passage, or `sequence`, where all of an answer comes
        from one; None for the way the model was trained.
    :param score_scale: What passages are weighed by: `inner_product`, the scores as they are, or `relative`, which goes
        with every retriever, see `log_prior`; None for what the model was trained with.
    :param num_beams: Beams of a search.
    :param max_new_tokens: The longest answer, in tokens.
    :param length_penalty: The higher, the longer the answers: `log p(y|x) / tokens ** length_penalty` decides.
    :param no_repeat_ngram_size: So many tokens in a row are not written twice in an answer; 0 to let them.
    :param answers: How many answers to return at most.
    :param device: Where the model runs; by default a GPU if there is one, in bfloat16 where the hardware has it.
    :param token: For private models of the hub.
    :raises SettingsError: A parameter has a value that it does not take.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        variant: RagVariant | None = None,
        score_scale: ScoreScale | None = None,
        num_beams: int = 4,
        max_new_tokens: int = 40,
        length_penalty: float = 1.0,
        no_repeat_ngram_size: int = 3,
        answers: int = 1,
        device: ComponentDevice | None = None,
        token: Secret | None = Secret.from_env_var(["HF_API_TOKEN", "HF_TOKEN"], strict=False),  # noqa: B008
    ) -> None:
        self.model = str(model)
        self.variant = variant
        self.score_scale = score_scale
        self.num_beams = num_beams
        self.max_new_tokens = max_new_tokens
        self.length_penalty = length_penalty
        self.no_repeat_ngram_size = no_repeat_ngram_size
        self.answers = answers
        self.device = device
        self.token = token
        self._loaded: RagModel | None = None
        self._check()

    def _check(self) -> None:
        """Report every parameter that is out of bounds at once."""
        wrong = [
            f"{name} is {getattr(self, name)}, it has to be at least {least}"
            for name, least in _LEAST.items()
            if not getattr(self, name) >= least  # it may be NaN
        ]
        for name, allowed in (("variant", RAG_VARIANTS), ("score_scale", SCORE_SCALES)):
            if getattr(self, name) not in (None, *allowed):
                wrong.append(f"{name} is {getattr(self, name)!r}, it has to be one of {', '.join(allowed)}")
        if self.answers > self.num_beams:
            wrong.append(f"answers is {self.answers}, it has to be at most num_beams, {self.num_beams}")
        if wrong:
            raise SettingsError(f"the generator cannot work like this: {'; '.join(wrong)}.")

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component.

        :returns: Its class and parameters; of the token only where to find it.
        """
        return default_to_dict(self, **{name: getattr(self, name) for name in _PARAMETERS})

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "RAGGenerator":
        """
        Make the component that `to_dict` described.

        :param data: What `to_dict` returned.
        :returns: A generator with the same parameters.
        """
        return default_from_dict(cls, data)

    def warm_up(self) -> None:
        """
        Load the model; later calls do nothing.

        :raises ModelError: It cannot be loaded, or is no sequence-to-sequence model.
        """
        self._load()

    def check_retriever(self, made_by: EncoderIdentity | None, *, vector_size: int | None = None) -> None:
        """
        Make sure that the scores of a retriever are those that the model learned to weigh passages by.

        A RAG model has a question encoder of its own, whose inner products mean something with the passage encoder that
        it was trained beside only. With `relative` scores any retriever will do.

        :param made_by: The encoder whose inner products the scores are; None for BM25, fusions and rerankers.
        :param vector_size: Length of its vectors.
        :raises ModelError: They are others, or the model cannot be loaded.
        """
        traits = self._traits()
        if traits.score_scale == "inner_product" and not traits.weighs_by(made_by, vector_size):
            found = f"those of {made_by}, vectors of length {vector_size}" if made_by else "scores of another kind"
            raise ModelError(
                f"the generator {self.model!r} weighs passages by the inner products of {traits.encoders}; the "
                f"retriever gives {found}. Retrieve by dense retrieval alone, from an index that was made with its "
                "encoders, or set score_scale to relative, which goes with every retriever."
            )

    @component.output_types(answers=list[GeneratedAnswer])
    def run(
        self, query: str, documents: list[Document], answers: int | None = None
    ) -> dict[str, list[GeneratedAnswer]]:
        """
        Answer a question from passages.

        :param query: The question.
        :param documents: The passages, with their retriever's scores; those without text are left out. Where one has no
            score, all weigh the same.
        :param answers: Overrides the generator's own.
        :returns: `answers`, best first; fewer where the search found fewer. `meta` has `score`, the probability
            p(y|x) of the words; `log_likelihood`, per token, in nats; `no_answer_score`, the probability that no
            passage answers; and `passages`, by document id how much of the answer each passage gave: p(z|x,y). Where
            no passage has text, or the model was trained to say when none answers and that is more probable than not,
            there is one answer without text, whose `score` is that probability.
        :raises ModelError: The model cannot be loaded.
        :raises SettingsError: `answers` is less than 1 or more than there are beams.
        """
        count = self.answers if answers is None else answers
        if not 1 <= count <= self.num_beams:
            raise SettingsError(f"answers is {count}, it has to be at least 1 and at most num_beams, {self.num_beams}.")
        passages = [document for document in documents if document.content]
        if not passages:
            return {"answers": [_no_answer(query, 1.0, [])]}
        return {"answers": self._answers(query, passages, count)}

    def _answers(self, query: str, passages: list[Document], count: int) -> list[GeneratedAnswer]:
        from qa_system.generation.rag_writing import write_answers

        written, silence = write_answers(
            self._load(),
            query,
            passages,
            self._traits(),
            num_beams=self.num_beams,
            max_new_tokens=self.max_new_tokens,
            length_penalty=self.length_penalty,
            no_repeat_ngram_size=self.no_repeat_ngram_size,
        )
        if silence > _MORE_PROBABLE_THAN_NOT or not written:
            return [_no_answer(query, silence, passages)]
        return [_answer(query, passages, one, silence) for one in written[:count]]

    def _traits(self) -> RagTraits:
        """Let what was said of this component hold, else what the model says."""
        said: dict[str, Any] = {"variant": self.variant, "score_scale": self.score_scale}
        return replace(self._load().traits, **{name: value for name, value in said.items() if value})

    def _load(self) -> RagModel:
        if self._loaded is None:
            device = ComponentDevice.resolve_device(self.device).to_torch()
            self._loaded = load_rag(self.model, device=device, token=self.token)
        return self._loaded


def _answer(query: str, passages: list[Document], written: "Written", silence: float) -> GeneratedAnswer:
    scored = written.scored
    meta = {
        "score": math.exp(scored.log_likelihood),
        "log_likelihood": scored.log_likelihood / scored.tokens,
        "no_answer_score": silence,
        "passages": dict(zip((passage.id for passage in passages), scored.weights, strict=True)),
    }
    return GeneratedAnswer(written.text, query, passages, meta)


def _no_answer(query: str, silence: float, passages: list[Document]) -> GeneratedAnswer:
    return GeneratedAnswer("", query, passages, {"score": silence, "no_answer_score": silence, "passages": {}})
