"""The card of a trained encoder: the README.md that Hugging Face shows of a model, and people read first."""

from dataclasses import replace
from pathlib import Path

from qa_system.dense.model_files import language_of, published_name
from qa_system.eval.folder import write_file
from qa_system.eval.report.markdown import written
from qa_system.eval.report.tables import Table
from qa_system.training.dense.account import DenseAccount
from qa_system.training.dense.plan import DensePlan, plan_text
from qa_system.training.dense.report import difference_table, facts, score_table
from qa_system.training.dense.validation import MEASURES
from qa_system.training.templates import rendered


def write_card(folder: Path, account: DenseAccount) -> None:
    """
    Write the card of a model beside its weights.

    :param folder: The model.
    :param account: Of its training.
    :raises QAError: It cannot be written.
    """
    write_file(folder / "README.md", card(account))


def card(account: DenseAccount) -> str:
    """
    Describe a model.

    :param account: Of its training.
    :returns: Markdown with front matter, as the Hugging Face hub reads it.
    """
    return rendered(
        "dense/card.md.j2",
        account=account,
        card_data=_front_matter(account),
        base=published_name(account.plan.base),
        recipe=plan_text(_repeatable(account)),
        data=_data(account),
        facts=facts(account),
        scores=score_table(account),
        differences=difference_table(account),
    )


def _front_matter(account: DenseAccount) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type="sentence-similarity",
            dataset_type="validation",
            dataset_name="validation questions of the training data",
            metric_type=measure,
            metric_value=round(account.scores[account.name][measure].value, 4),
        )
        for measure in MEASURES
    ]
    return ModelCardData(
        language=language_of(account.plan.base),
        license="other",
        license_name="see-training-data",
        library_name="sentence-transformers",
        pipeline_tag="sentence-similarity",
        base_model=published_name(account.plan.base),
        datasets=[*dict.fromkeys(Path(one.name).name.partition(".")[0] for one in account.sources)],
        tags=["sentence-transformers", "dense-retrieval", "customer-reviews"],
        model_name=account.name,
        eval_results=results,
    ).to_yaml()


def _repeatable(account: DenseAccount) -> DensePlan:
    """Name the sources without where they lie on this machine."""
    sources = tuple(replace(one.source, path=Path(one.name)) for one in account.sources)
    return account.plan.model_copy(update={"sources": sources})


def _data(account: DenseAccount) -> str:
    rows = tuple(
        (one.name, one.source.license or "not stated", one.train, one.validation, one.held_out)
        for one in account.sources
    )
    return written(Table("", ("Source", "Licence, as stated", "Train", "Validation", "Held out"), rows, words=2))
