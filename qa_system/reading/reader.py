"""The reader as a Haystack component: questions and passages in, extracted answers out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from haystack import Document, ExtractedAnswer, component, default_from_dict, default_to_dict
from haystack.utils import ComponentDevice, Secret
from numpy.typing import NDArray

from qa_system.errors import ModelError, SettingsError
from qa_system.reading.answers import Candidate, best_places, extracted, no_answer
from qa_system.reading.inference import Runtime
from qa_system.reading.runtime import RUNTIMES, load_runtime
from qa_system.reading.spans import best_spans
from qa_system.reading.style import QUESTION_STYLES, QuestionStyle, style_of, styled
from qa_system.reading.windows import Window, WindowCutter, batches
from qa_system.settings import RuntimeName

_LEAST = {"top_k": 1, "max_seq_length": 32, "stride": 0, "max_answer_tokens": 1, "context_chars": 0}
_LONGEST_WINDOW = 384


@component
class Reader:
    """
    Finds the words of passages that answer a question, and says how likely it is that there are none.

    It keeps the contract of Haystack's `TransformersExtractiveReader` and differs in what it makes of the model: see
    docs/reader.md. Safe to use from several threads; readers of one model share it.

    ```python
    reader = Reader()
    answers = reader.run(query="How is the bass?", documents=[Document(content="The bass is deep.")])["answers"]
    ```

    :param model: Name of a bundled model, a folder with a Hugging Face model for question answering, or the name of
        one on the Hugging Face hub.
    :param device: Where the model runs; by default a GPU if there is one.
    :param runtime: What runs the model: `torch`; `onnx` or `onnx-int8`, on the CPU; or `auto`, which is `onnx-int8` on
        a CPU and `torch` elsewhere and where ONNX Runtime cannot run the model. The first use of a model by `onnx` or
        `onnx-int8` exports it, which takes seconds, and keeps the export in the user's cache folder.
    :param token: For private models of the hub.
    :param top_k: How many answers to a question to return at most, the no-answer not counted.
    :param max_seq_length: Tokens that the model reads at once, question and special tokens included; by default as many
        as it says that it was trained on, else 384, or what it can read where that is less.
    :param stride: Tokens of a long passage that two neighbouring windows share, at most half of a window; by default a
        third.
    :param max_answer_tokens: The longest answer, in tokens. 99 of 100 answers that annotators marked have at most 21
        (in the bundled sample) or 27 (in SubjQA electronics): see docs/reader.md.
    :param no_answer: Whether to return, among the answers, one without data, with the probability of no answer.
    :param question_style: Which kind of answer to ask the model for: `opinion` (a clause of opinion), `plain` (a short
        span), or `auto`, by the question's words. Without effect on models that know no styles.
    :param batch_tokens: Tokens that the model works on at once, padding included; by default what suits the runtime and
        the device.
    :param context_chars: Characters of the passage shown on each side of an answer, at most.
    :raises SettingsError: A parameter has a value that it does not take.
    """

    def __init__(
        self,
        model: str | Path = "minilm-review-reader",
        *,
        device: ComponentDevice | None = None,
        runtime: RuntimeName = "auto",
        token: Secret | None = Secret.from_env_var(["HF_API_TOKEN", "HF_TOKEN"], strict=False),  # noqa: B008
        top_k: int = 3,
        max_seq_length: int | None = None,
        stride: int | None = None,
        max_answer_tokens: int = 30,
        no_answer: bool = True,
        question_style: QuestionStyle = "opinion",
        batch_tokens: int | None = None,
        context_chars: int = 120,
    ) -> None:
        self.model = str(model)
        self.device = device
        self.runtime = runtime
        self.token = token
        self.top_k = top_k
        self.max_seq_length = max_seq_length
        self.stride = stride
        self.max_answer_tokens = max_answer_tokens
        self.no_answer = no_answer
        self.question_style = question_style
        self.batch_tokens = batch_tokens
        self.context_chars = context_chars
        self._loaded: tuple[Runtime, WindowCutter] | None = None
        self._check()

    def _check(self) -> None:
        """Report every parameter that is out of bounds at once."""
        given = {name: getattr(self, name) for name in _LEAST}
        wrong = _too_small({name: value for name, value in given.items() if value is not None})
        if self.max_seq_length is not None:
            wrong += _too_wide(self.stride, self.max_seq_length)
        if self.question_style not in QUESTION_STYLES:
            wrong.append(f"question_style is {self.question_style!r}, it has to be one of {', '.join(QUESTION_STYLES)}")
        if self.runtime not in RUNTIMES:
            wrong.append(f"runtime is {self.runtime!r}, it has to be one of {', '.join(RUNTIMES)}")
        elif self.runtime.startswith("onnx") and self.device and not self.device.to_torch_str().startswith("cpu"):
            wrong.append(f"runtime is {self.runtime!r}, which runs on the cpu only, and device is another")
        if wrong:
            raise _refusal(wrong)

    def to_dict(self) -> dict[str, Any]:
        """
        Serialise the component.

        :returns: Its class and parameters; of the token only where to find it.
        """
        parameters = ("model", "device", "runtime", "token", "top_k", "max_seq_length", "stride", "max_answer_tokens")
        options = ("no_answer", "question_style", "batch_tokens", "context_chars")
        return default_to_dict(self, **{name: getattr(self, name) for name in parameters + options})

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Reader":
        """
        Make the component that `to_dict` described.

        :param data: What `to_dict` returned.
        :returns: A reader with the same parameters.
        """
        return default_from_dict(cls, data)

    @property
    def engine(self) -> str:
        """The library that runs the model, which is loaded to tell."""
        return self._load()[0].engine

    def warm_up(self) -> None:
        """
        Load the model; later calls do nothing.

        :raises ModelError: It cannot be loaded, is no reader, or reads shorter windows than `max_seq_length`.
        :raises SettingsError: `stride` is more than half of the model's windows.
        """
        self._load()

    @component.output_types(answers=list[ExtractedAnswer])
    def run(
        self, query: str, documents: list[Document], top_k: int | None = None, no_answer: bool | None = None
    ) -> dict[str, list[ExtractedAnswer]]:
        """
        Answer a question from passages.

        :param query: The question.
        :param documents: The passages; those without text are left out.
        :param top_k: Overrides the reader's own.
        :param no_answer: Overrides the reader's own.
        :returns: `answers`, likeliest first, as `run_batch` describes them.
        :raises SettingsError: `top_k` is less than 1.
        :raises ModelError: The model cannot be loaded.
        """
        return {"answers": self.run_batch([query], [documents], top_k=top_k, no_answer=no_answer)[0]}

    def run_batch(
        self,
        queries: Sequence[str],
        documents: Sequence[Sequence[Document]],
        *,
        top_k: int | None = None,
        no_answer: bool | None = None,
    ) -> list[list[ExtractedAnswer]]:
        """
        Answer many questions, each from its own passages, in common batches.

        :param queries: The questions.
        :param documents: The passages for each question.
        :param top_k: Overrides the reader's own.
        :param no_answer: Overrides the reader's own.
        :returns: For each question its answers, likeliest first. `document_offset` counts characters in the passage,
            `meta["review_offset"]` in the whole review `meta["review_id"]`, and `meta["logit"]` is what `score`, the
            probability, was made of. The no-answer has 1 minus the best answer's score, so 1 where no passage has text.
        :raises SettingsError: `top_k` is less than 1.
        :raises ModelError: The model cannot be loaded.
        """
        count = self.top_k if top_k is None else top_k
        if wrong := _too_small({"top_k": count}):
            raise _refusal(wrong)
        with_no_answer = self.no_answer if no_answer is None else no_answer
        found = self._find(queries, documents, count)
        return [
            self._answers(query, best_places(candidates, count), with_no_answer)
            for query, candidates in zip(queries, found, strict=True)
        ]

    def _find(
        self, queries: Sequence[str], documents: Sequence[Sequence[Document]], count: int
    ) -> list[list[Candidate]]:
        """Collect the candidates for each question, `count` of every window at most."""
        runtime, cutter = self._load()
        questions = [cutter.shorten(styled(query, self.question_style, runtime.traits.styles)) for query in queries]
        asked = [
            (index, document, document.content)
            for index, passages in zip(range(len(questions)), documents, strict=True)
            for document in passages
            if document.content
        ]
        windows = cutter.windows([(questions[index], text) for index, _, text in asked])
        found: list[list[Candidate]] = [[] for _ in questions]
        grouped = list(batches(windows, self.batch_tokens or runtime.batch_tokens))
        for batch, logits in zip(grouped, runtime.logits_of_each(grouped), strict=True):
            for window, starts, ends in zip(batch, *logits, strict=True):
                index, document, _ = asked[window.pair]
                found[index] += self._candidates(document, window, starts[: len(window)], ends[: len(window)], count)
        return found

    def _candidates(
        self, document: Document, window: Window, starts: NDArray[np.float32], ends: NDArray[np.float32], count: int
    ) -> list[Candidate]:
        spans = best_spans(starts, ends, window.context, count=count, max_tokens=self.max_answer_tokens)
        return [
            Candidate.trimmed(document, int(window.offsets[start, 0]), int(window.offsets[end, 1]), logit)
            for start, end, logit in spans
        ]

    def _answers(self, query: str, candidates: Sequence[Candidate], with_no_answer: bool) -> list[ExtractedAnswer]:
        """Give the chosen candidates their probabilities, and the no-answer its place among them."""
        calibration = self._load()[0].traits.calibration(style_of(query, self.question_style))
        answers = [
            extracted(
                query, candidate, score=calibration.probability(candidate.logit), context_chars=self.context_chars
            )
            for candidate in candidates
        ]
        if with_no_answer:
            answers.append(no_answer(query, score=1.0 - max((answer.score for answer in answers), default=0.0)))
        return sorted(answers, key=lambda answer: -answer.score)

    def _load(self) -> tuple[Runtime, WindowCutter]:
        if self._loaded is None:
            device = ComponentDevice.resolve_device(self.device).to_torch()
            runtime = load_runtime(self.model, device=device, token=self.token, runtime=self.runtime)
            self._loaded = runtime, self._cutter(runtime)
        return self._loaded

    def _cutter(self, runtime: Runtime) -> WindowCutter:
        length = self.max_seq_length or runtime.traits.max_seq_length or min(_LONGEST_WINDOW, runtime.max_length)
        if length > runtime.max_length:
            raise ModelError(
                f"the reader {self.model!r} reads at most {runtime.max_length} tokens at once, and max_seq_length "
                f"is {length}: set it to {runtime.max_length} or less."
            )
        if wrong := _too_wide(self.stride, length):
            raise _refusal(wrong)
        stride = length // 3 if self.stride is None else self.stride
        return WindowCutter(runtime.tokenizer, max_seq_length=length, stride=stride)


def _too_small(values: Mapping[str, int]) -> list[str]:
    return [
        f"{name} is {value}, it has to be at least {_LEAST[name]}"
        for name, value in values.items()
        if value < _LEAST[name]
    ]


def _too_wide(stride: int | None, length: int) -> list[str]:
    if stride is None or stride <= length // 2:
        return []
    return [f"stride is {stride}, it has to be at most half of max_seq_length ({length})"]


def _refusal(faults: Sequence[str]) -> SettingsError:
    return SettingsError(f"the reader cannot work like this: {'; '.join(faults)}.")
