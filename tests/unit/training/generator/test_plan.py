from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_system.errors import SettingsError
from qa_system.training.generator.plan import GeneratorPlan, load_plan, plan_text
from qa_system.training.generator.recipe import DenoisingRecipe, GeneratorRecipe
from qa_system.training.mixture import TrainingSource

NAMES = st.text(st.characters(categories=("L", "Nd")), min_size=1, max_size=8)


@given(
    NAMES,
    NAMES,
    st.none() | NAMES,
    st.integers(0, 30_000),
    st.builds(GeneratorRecipe, epochs=st.integers(1, 9), end_to_end=st.booleans(), variant=st.just("sequence")),
    st.builds(DenoisingRecipe, masked=st.floats(0, 0.9)),
    st.booleans(),
    st.none() | st.text(),
)
def test_a_plan_is_read_as_it_was_written(base, encoder, reader, vocabulary, recipe, denoising, writes, license):  # noqa: A002
    with TemporaryDirectory() as folder:
        file, data = Path(folder) / "recipe.toml", Path(folder) / "data"
        data.mkdir()
        (data / "data.jsonl").touch()
        source = TrainingSource(Path("data.jsonl"), license=license)
        plan = GeneratorPlan(
            base=base,
            encoder=encoder,
            vocabulary=vocabulary,
            reviews=(source,) if writes else (),
            sources=(source,),
            reader=reader,
            denoising=denoising if writes else DenoisingRecipe(),
            recipe=recipe,
        )
        file.write_text(plan_text(plan), encoding="utf-8")
        read = load_plan(str(file), data)
    located = TrainingSource(data / "data.jsonl", license=license)
    assert (read.reviews, read.sources) == ((located,) if writes else (), (located,))
    if "data" not in (base, encoder, reader):
        assert read.model_copy(update={"reviews": plan.reviews, "sources": plan.sources}) == plan


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources = []", "sources"),
        ('review = ["x"]\nsources = [{ path = "x" }]', "review is not known there. Did you mean reviews?"),
        ('sources = [{ path = "x" }]\nrecipe = { epoch = 1 }', "recipe.epoch is not known there. Did you mean epochs?"),
        (
            'sources = [{ path = "x" }]\ndenoising = { mask = 1 }',
            "denoising.mask is not known there. Did you mean masked?",
        ),
        ('sources = [{ path = "x" }]\nreviews = [{ path = "x", weight = 2 }]', "weight and style are of questions"),
        ('sources = [{ path = "x" }]\nrecipe = { passages = 0 }', "passages is 0"),
        ('sources = [{ path = "x" }]\nvocabulary = -1', "vocabulary"),
        ('sources = [{ path = "." }]\nreviews = [{ path = "x" }]', "names data that are not there"),
    ],
)
def test_a_wrong_recipe_file_is_explained(text, said, tmp_path):
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"recipe\.toml") as refused:
        load_plan(str(tmp_path / "recipe.toml"))
    assert said in str(refused.value)


def test_the_recipe_of_a_generator_is_no_other():
    with pytest.raises(SettingsError, match="the bundled ones are minilm-review-generator"):
        load_plan("minilm-review-encoder")


def test_the_bundled_recipe_names_the_shared_data(shared):
    plan = load_plan("minilm-review-generator", shared / "data")
    assert plan.recipe.max_seq_length * 6 > plan.recipe.passage_chars
    assert {one.path.parent.name for one in plan.reviews} == {"amazon_reviews"}
    assert {one.path.name for one in plan.sources} >= {"electronics", "grocery", "restaurants", "tripadvisor"}
