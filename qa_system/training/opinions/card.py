"""The card of a trained opinions model: the README.md that Hugging Face shows of a model, and people read first."""

from dataclasses import replace
from pathlib import Path

from qa_system.dense.model_files import language_of, published_name
from qa_system.eval.folder import write_file
from qa_system.eval.report.markdown import written
from qa_system.eval.report.tables import Table
from qa_system.training.opinions.account import OpinionAccount, sources_of
from qa_system.training.opinions.plan import OpinionPlan, plan_text
from qa_system.training.opinions.report import facts, material, score_table
from qa_system.training.scoring import short_names
from qa_system.training.templates import rendered


def write_card(folder: Path, account: OpinionAccount) -> None:
    """
    Write the card of a model beside its weights.

    :param folder: The model.
    :param account: Of its training.
    :raises QAError: It cannot be written.
    """
    write_file(folder / "README.md", card(account))


def card(account: OpinionAccount) -> str:
    """
    Describe a model.

    :param account: Of its training.
    :returns: Markdown with front matter, as the Hugging Face hub reads it.
    """
    plan = _repeatable(account.plan)
    return rendered(
        "opinions/card.md.j2",
        account=account,
        card_data=_front_matter(account, plan),
        base=published_name(account.plan.base),
        data=_data(plan),
        recipe=plan_text(plan),
        material=material(account),
        facts=facts(account),
        scores=score_table(account),
    )


def _front_matter(account: OpinionAccount, plan: OpinionPlan) -> str:
    from huggingface_hub import ModelCardData

    return ModelCardData(
        language=language_of(account.plan.base),
        license="other",
        license_name="see-training-data",
        library_name="qa-system",
        pipeline_tag="token-classification",
        base_model=published_name(account.plan.base),
        datasets=[*dict.fromkeys(path.name.partition(".")[0] for path in sources_of(plan))],
        tags=["sentiment-analysis", "aspect-term-extraction", "customer-reviews"],
        model_name=account.name,
    ).to_yaml()


def _repeatable(plan: OpinionPlan) -> OpinionPlan:
    """Name the data without where they lie on this machine."""
    names = short_names(sources_of(plan))
    return plan.model_copy(
        update={
            "reviews": tuple(replace(one, path=Path(names[one.path])) for one in plan.reviews),
            "sources": tuple(replace(one, path=Path(names[one.path])) for one in plan.sources),
        }
    )


def _data(plan: OpinionPlan) -> str:
    rows = tuple(
        (one.path.as_posix(), kind, one.license or "not stated")
        for kind, each in (("ratings", plan.reviews), ("opinions", plan.sources))
        for one in each
    )
    return written(Table("", ("Source", "Taken from it", "Licence, as stated"), rows, words=3))
