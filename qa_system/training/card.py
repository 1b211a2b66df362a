"""The card of a trained reader: the README.md that Hugging Face shows of a model, and people read first."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qa_system.dense.model_files import language_of, published_name
from qa_system.eval.folder import write_file
from qa_system.eval.report.markdown import written
from qa_system.eval.report.tables import Table
from qa_system.training.account import Account
from qa_system.training.curriculum import Curriculum, Stage
from qa_system.training.recipe_text import recipe_text
from qa_system.training.report import facts, score_table
from qa_system.training.scoring import short_names
from qa_system.training.templates import rendered

_METRICS = {"exact_match": "EM", "f1": "F1"}


def write_card(folder: Path, name: str, accounts: Sequence[Account]) -> None:
    """
    Write the card of a model beside its weights.

    :param folder: The model.
    :param name: What it is called.
    :param accounts: Of each stage of its training, in order.
    :raises QAError: It cannot be written.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    write_file(folder / "README.md", card(name, accounts, config))


def card(name: str, accounts: Sequence[Account], config: dict[str, Any]) -> str:
    """
    Describe a model.

    :param name: What it is called.
    :param accounts: Of each stage of its training, in order.
    :param config: Its `config.json`.
    :returns: Markdown with front matter, as the Hugging Face hub reads it.
    """
    from huggingface_hub import ModelCard

    last = accounts[-1]
    text = rendered(
        "card.md.j2",
        name=name,
        account=last,
        accounts=accounts,
        base=published_name(accounts[0].base),
        architecture=config["architectures"][0],
        type_ids=config.get("type_vocab_size", 0) > 1,
        millions=round(last.scorecard.cost.model_bytes["reader"] / 2 / 1e6),
        recipe=recipe_text(curriculum_of(accounts)),
        data=_data(accounts),
        facts=[facts(account) for account in accounts],
        scores=score_table(name, last.scorecard),
        asked=len(last.scorecard.predictions),
        card_data=_front_matter(name, accounts),
    )
    return str(ModelCard(text))


def curriculum_of(accounts: Sequence[Account]) -> Curriculum:
    """
    Turn what was trained into what can be trained.

    :param accounts: Of each stage, in order.
    :returns: The training, with the short names of its sources.
    """
    names = _names(accounts)
    return Curriculum(base=accounts[0].base, stages=tuple(_stage(account, names) for account in accounts))


def _stage(account: Account, names: Mapping[Path, str]) -> Stage:
    return Stage(
        name=re.sub(r"[^\w-]+", "-", account.name),
        sources=tuple(replace(one.source, path=Path(names[one.source.path])) for one in account.sources),
        teachers=tuple(account.teachers),
        recipe=account.recipe,
    )


def _names(accounts: Sequence[Account]) -> dict[Path, str]:
    return short_names(one.source.path for account in accounts for one in account.sources)


def _front_matter(name: str, accounts: Sequence[Account]) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    last = accounts[-1]
    results = [
        EvalResult(
            task_type="question-answering",
            dataset_type="validation",
            dataset_name="validation questions of the training data",
            metric_type=metric,
            metric_value=round(last.scorecard.measures[measure].value, 4),
        )
        for metric, measure in _METRICS.items()
    ]
    return ModelCardData(
        language=language_of(accounts[0].base),
        license="other",
        license_name="see-training-data",
        library_name="transformers",
        pipeline_tag="question-answering",
        base_model=published_name(accounts[0].base),
        datasets=[*dict.fromkeys(map(_stem, _names(accounts).values()))],
        metrics=list(_METRICS),
        tags=["extractive-qa", "customer-reviews"],
        model_name=name,
        eval_results=results,
    ).to_yaml()


def _stem(name: str) -> str:
    """`extractive_qa/qamr.jsonl.gz` is known as `qamr`."""
    return Path(name).name.partition(".")[0]


def _data(accounts: Sequence[Account]) -> str:
    """List each source once, with the stages that it took part in."""
    columns = ("Source", "Licence, as stated", "Stage", "Train", "Validation", "Held out")
    counts = {one.source.path: one for account in accounts for one in account.sources}
    rows = tuple(
        (name, one.source.license or "not stated", _stages(accounts, path), one.train, one.validation, one.held_out)
        for path, name in _names(accounts).items()
        for one in (counts[path],)
    )
    return written(Table("", columns, rows, words=3))


def _stages(accounts: Sequence[Account], source: Path) -> str:
    return ", ".join(account.name for account in accounts if any(one.source.path == source for one in account.sources))
