"""The card of a trained generator: the README.md that Hugging Face shows of a model, and people read first."""

from dataclasses import replace
from pathlib import Path

from qa_system.dense.model_files import language_of, published_name
from qa_system.eval.folder import write_file
from qa_system.eval.report.markdown import written
from qa_system.eval.report.tables import Table
from qa_system.eval.written import MEASURES
from qa_system.training.generator.account import NUM_BEAMS, GeneratorAccount
from qa_system.training.generator.plan import GeneratorPlan, plan_text
from qa_system.training.generator.report import facts, score_table
from qa_system.training.mixture import TrainingSource
from qa_system.training.scoring import short_names
from qa_system.training.templates import rendered


def write_card(folder: Path, account: GeneratorAccount) -> None:
    """
    Write the card of a model beside its weights.

    :param folder: The model.
    :param account: Of its training.
    :raises QAError: It cannot be written.
    """
    write_file(folder / "README.md", card(account))


def card(account: GeneratorAccount) -> str:
    """
    Describe a model.

    :param account: Of its training.
    :returns: Markdown with front matter, as the Hugging Face hub reads it.
    """
    plan = _repeatable(account)
    return rendered(
        "generator/card.md.j2",
        account=account,
        beams=NUM_BEAMS,
        card_data=_front_matter(account),
        base=published_name(account.plan.base),
        recipe=plan_text(plan),
        data=_data(account),
        reviews=_reviews(plan.reviews),
        facts=facts(account),
        scores=score_table(account),
    )


def _front_matter(account: GeneratorAccount) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type="question-answering",
            dataset_type="validation",
            dataset_name="validation questions of the training data",
            metric_type=measure,
            metric_value=round(account.scores[account.name][measure].value, 4),
        )
        for measure in MEASURES[:2]
    ]
    return ModelCardData(
        language=language_of(account.plan.base),
        license="other",
        license_name="see-training-data",
        library_name="qa-system",
        pipeline_tag="question-answering",
        base_model=published_name(account.plan.base),
        datasets=[*dict.fromkeys(Path(one.name).name.partition(".")[0] for one in account.sources)],
        tags=["retrieval-augmented-generation", "rag", "customer-reviews"],
        model_name=account.name,
        eval_results=results,
    ).to_yaml()


def _repeatable(account: GeneratorAccount) -> GeneratorPlan:
    """Name the data without where they lie on this machine."""
    plan = account.plan
    names = short_names(one.path for one in (*plan.reviews, *plan.sources))
    return plan.model_copy(
        update={
            "reviews": tuple(replace(one, path=Path(names[one.path])) for one in plan.reviews),
            "sources": tuple(replace(one, path=Path(names[one.path])) for one in plan.sources),
        }
    )


def _data(account: GeneratorAccount) -> str:
    rows = tuple(
        (one.name, one.source.license or "not stated", one.train, one.validation, one.held_out)
        for one in account.sources
    )
    return written(Table("", ("Source", "Licence, as stated", "Train", "Validation", "Held out"), rows, words=2))


def _reviews(sources: tuple[TrainingSource, ...]) -> str:
    return ", ".join(f"{one.path} (licence as stated: {one.license or 'none'})" for one in sources)
