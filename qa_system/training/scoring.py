"""Labelled examples put to a trained reader, as a run that `qa eval report` and `qa eval compare` read."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from haystack.utils import ComponentDevice

from qa_system.eval.asking import reader_asker
from qa_system.eval.dataset import fingerprint
from qa_system.eval.experiment import header
from qa_system.eval.recording import Ask, record
from qa_system.eval.runs import Run
from qa_system.records import Label, Question
from qa_system.settings import ReaderSettings, Settings
from qa_system.training.mixture import Example
from qa_system.training.recipe import Recipe
from qa_system.training.validation import reader_for


def short_names(sources: Iterable[Path]) -> dict[Path, str]:
    """
    Name sources without what all their paths begin with, which says where they lie on this machine only.

    :param sources: Files and folders, one or more.
    :returns: Source to name: `squadshifts_amazon.jsonl.gz`, or `subjqa/grocery` where there is another folder beside.
    """
    whole = {source: source.absolute() for source in sources}
    shared = os.path.commonpath([path.parent for path in whole.values()])
    return {source: path.relative_to(shared).as_posix() for source, path in whole.items()}


def as_questions(examples: Sequence[Example], names: Mapping[Path, str]) -> list[Question]:
    """
    Turn examples into what `eval` asks.

    :param examples: The examples.
    :param names: As `short_names` made them.
    :returns: For each a question that brings its review along. Its id is its place among them, `meta` has its style
        and, as `domain`, its source. An item that all examples of a source are about is left out: it is no item but the
        data set, and intervals would take its questions for related ones.
    """
    items = {(example.source, example.item_id) for example in examples}
    several = {source for source, count in Counter(source for source, _ in items).items() if count > 1}
    return [
        _question(place, example, names[example.source], example.item_id if example.source in several else None)
        for place, example in enumerate(examples)
    ]


def asked(
    path: Path, model: Path, questions: Sequence[Question], recipe: Recipe | None, *, name: str, device: ComponentDevice
) -> Run:
    """
    Put questions to a model, each in the style of the example that it was, and write down what comes back.

    :param path: The run's file. What it holds already is not asked again.
    :param model: Folder of the model.
    :param questions: As `as_questions` made them.
    :param recipe: How the model was trained; None reads in the windows that the model itself says it was trained on.
    :param name: What the model is called in reports.
    :param device: Where the model runs.
    :returns: The whole run.
    :raises SettingsError: The file holds a run of another model.
    :raises ModelError: The model cannot be loaded.
    """
    reader = Settings.model_construct(reader=ReaderSettings(model=str(model)))
    told = header(questions, kind="reader", source=", ".join(_domains(questions)), settings=reader)
    told = replace(told, system=name, settings={"recipe": asdict(recipe)} if recipe else {})
    return record(path, told, questions, _asker(model, questions, recipe, device))


def pooled(runs: Sequence[Run], name: str) -> Run:
    """
    Join what several models made of different questions.

    :param runs: Of the same settings.
    :param name: What the whole is called in reports.
    :returns: A run with the predictions of all, in the order of their questions.
    """
    predictions = sorted((one for run in runs for one in run.predictions), key=lambda one: int(one.question.id))
    questions = [one.question for one in predictions]
    data = {**runs[0].header.data, "path": ", ".join(_domains(questions)), "sha256": fingerprint(questions)}
    told = replace(runs[0].header, system=name, data=data, questions=len(questions), models={})
    return Run(told, tuple(predictions))


def _domains(questions: Sequence[Question]) -> list[str]:
    return sorted({question.meta["domain"] for question in questions})


def _asker(model: Path, questions: Sequence[Question], recipe: Recipe | None, device: ComponentDevice) -> Ask:
    """A reader asks all its questions in one style."""
    askers = {
        style: reader_asker(reader_for(model, recipe, style, device), lambda item_id: [])
        for style in {question.meta["style"] for question in questions}
    }
    return lambda question: askers[question.meta["style"]](question)


def _question(place: int, example: Example, domain: str, item_id: str | None) -> Question:
    context = _storable(example.context)
    return Question(
        id=str(place),
        text=_storable(example.question),
        item_id=item_id,
        labels=tuple(_labels(example, context)),
        context=context,
        meta={"style": example.style, "domain": domain},
    )


def _labels(example: Example, context: str) -> Iterator[Label]:
    for answer in example.answers:
        yield Label("review", context[slice(*answer)], *answer) if answer else Label("review")


def _storable(text: str) -> str:
    """Replace halves of surrogate pairs, which no file holds, by as many question marks."""
    return text.encode("utf-8", "replace").decode()
