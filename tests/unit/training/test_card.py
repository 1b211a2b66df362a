from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from qa_system.training.account import Account
from qa_system.training.card import card
from qa_system.training.curriculum import load_curriculum
from qa_system.training.mixture import TrainingSource
from qa_system.training.recipe import Recipe

SHIFTS = TrainingSource(Path("/home/me/data/qa/squadshifts_amazon.jsonl.gz"), license="CC BY-SA 4.0")
GROCERY = TrainingSource(Path("/home/me/data/subjqa/grocery"), weight=0.5)
CONFIG = {"architectures": ["BertForQuestionAnswering"], "type_vocab_size": 2}


@pytest.fixture
def accounts(make_account: Callable[..., Account]) -> list[Account]:
    """Two stages."""
    recipe = Recipe(epochs=1, max_seq_length=128, stride=48)
    return [
        make_account(SHIFTS, GROCERY, name="general", recipe=recipe),
        make_account(SHIFTS, name="near", base="general", teachers=["wise"]),
    ]


def read(accounts: Sequence[Account]) -> ModelCard:
    return ModelCard(card("my-reader", accounts, CONFIG))


def test_the_hub_can_read_what_stands_in_front(accounts: Sequence[Account]) -> None:
    data = read(accounts).data
    assert data.base_model == "sentence-transformers/all-MiniLM-L6-v2"
    assert data.datasets == ["squadshifts_amazon", "grocery"]
    assert (data.language, data.license, data.pipeline_tag) == ("en", "other", "question-answering")
    assert data.metrics == ["exact_match", "f1"]
    scores = {result.metric_type: result.metric_value for result in data.eval_results}
    assert scores == {
        name: accounts[-1].scorecard.measures[measure].value
        for name, measure in {"exact_match": "EM", "f1": "F1"}.items()
    }


def test_the_language_of_a_foreign_base_is_not_guessed(make_account: Callable[..., Account]) -> None:
    data = read([make_account(SHIFTS, base="deepset/gbert-base")]).data
    assert (data.language, data.base_model) == (None, "deepset/gbert-base")


def test_says_what_people_need_to_know(accounts: Sequence[Account]) -> None:
    text = read(accounts).text
    assert "# my-reader" in text
    assert 'Reader("my-reader")' in text
    assert "token_type_ids" in text
    assert "22M" in text
    assert "`opinion: `" in text
    assert "Threshold -1.250 and temperature 2.500" in text
    assert "0.500 [0.000, 1.000]" in text  # F1 on four questions
    (shifts, grocery) = (line for line in text.splitlines() if line.startswith(("| qa/", "| subjqa/")))
    assert [cell.strip() for cell in shifts.split("|")[1:-1]] == [
        "qa/squadshifts_amazon.jsonl.gz",
        "CC BY-SA 4.0",
        "general, near",
        "1,700",
        "80",
        "190",
    ]
    assert "not stated" in grocery
    assert "Stage *general*:" in text
    assert "Stage *near*:" in text


def test_does_not_say_where_files_lie_on_this_machine(accounts: Sequence[Account]) -> None:
    assert "/home/me" not in card("my-reader", accounts, CONFIG)


def test_the_recipe_in_it_repeats_the_training(accounts: Sequence[Account], tmp_path: Path) -> None:
    text = read(accounts).text
    assert "qa train reader --recipe recipe.toml --data-root DATA --out my-reader" in text
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    for name in ("qa/squadshifts_amazon.jsonl.gz", "subjqa/grocery"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    read_again = load_curriculum(str(recipe))
    assert [stage.recipe for stage in read_again.stages] == [account.recipe for account in accounts]
    assert [stage.name for stage in read_again.stages] == ["general", "near"]
    assert read_again.stages[0].sources[1].weight == 0.5
    assert read_again.stages[1].teachers == ("wise",)


def test_models_without_segments_are_not_said_to_need_them(make_account: Callable[..., Account]) -> None:
    config = {"architectures": ["DistilBertForQuestionAnswering"]}
    text = card("my-reader", [make_account(SHIFTS)], config)
    assert "DistilBertForQuestionAnswering" in text
    assert "token_type_ids" not in text
