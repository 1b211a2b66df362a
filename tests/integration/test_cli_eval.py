"""`qa eval …`: from labelled questions to a report, with real models on the bundled sample."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_system.models import bundled_model
from qa_system.samples import QUESTIONS

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder that is evaluated into."""
    return tmp_path / "report"


@pytest.fixture
def evaluate(qa: RunQA, sample_store: Path, out: Path) -> Callable[..., dict]:
    """Evaluate on the sample's own store, for programs."""

    def run(*arguments: str | Path) -> dict:
        ran = qa("eval", *arguments, "--store", sample_store, "--out", out, "--json")
        assert ran.code == 0, ran.err
        return json.loads(ran.out)

    return run


def test_retrievers_beside_each_other_and_beside_chance(evaluate: Callable[..., dict], out: Path) -> None:
    found = evaluate("retriever", "sample", "--k", "1,5", "--limit", "60")
    answerable = len({line.split()[0] for line in (out / "trec" / "qrels.txt").read_text().splitlines()})
    assert answerable < 60
    by_name = {(run["system"], run["scope"]): run for run in found["runs"]}
    assert len(by_name) == 6
    for run in by_name.values():
        assert run["questions"] == 60
        assert run["measures"]["R@5"]["count"] == answerable  # the unanswerable are no hits, they are not counted
    for name in ("bm25", "dense", "hybrid"):
        inside, outside = (by_name[name, scope]["measures"]["RR@5"]["value"] for scope in ("item", "corpus"))
        assert 1 > inside > outside > by_name[name, "corpus"]["baselines"]["random"]["RR@5"]["value"]
    assert {row["verdict"] for row in found["comparisons"]} <= {"better", "worse", "no difference beyond noise"}
    assert "<svg" in (out / "retriever.html").read_text(encoding="utf-8")


def test_a_ranking_goes_out_and_comes_back_as_trec(evaluate: Callable[..., dict], out: Path) -> None:
    asked = ("retriever", "sample", "-r", "bm25", "--within", "corpus", "--k", "1,5")
    evaluate(*asked)
    theirs = shutil.copy(out / "trec" / "retriever-bm25-corpus.run", out / "theirs.run")
    qrels = shutil.copy(out / "trec" / "qrels.txt", out)
    found = evaluate(*asked, "--run", theirs, "--qrels", qrels, "--fresh")
    mine, imported = (run["measures"] for run in found["runs"])
    assert mine == imported
    assert {row["verdict"] for row in found["comparisons"]} == {"no difference beyond noise"}


def test_a_reader_and_the_report_on_its_run(evaluate: Callable[..., dict], qa: RunQA, out: Path) -> None:
    (run,) = evaluate("reader", "sample", "--limit", "12")["runs"]
    assert run["system"] == "minilm-review-reader"
    assert 0 < run["measures"]["F1"]["value"] < 1
    assert run["cost"]["model_bytes"]["reader"] > 40_000_000
    path = out / "runs" / "reader-minilm-review-reader.jsonl"
    before = path.read_bytes()
    evaluate("reader", "sample", "--limit", "12")
    assert path.read_bytes() == before  # a second time nothing is asked
    again = json.loads(qa("eval", "report", path, "--html", out / "again.html", "--json").out)
    assert again["runs"] == [run]
    assert "no-answer accuracy" in (out / "again.html").read_text(encoding="utf-8")


def test_a_pipeline_says_what_retrieval_and_reading_lose(evaluate: Callable[..., dict], qa: RunQA, out: Path) -> None:
    found = evaluate("pipeline", "sample", "-r", "bm25", "-r", "hybrid", "--limit", "6", "--passages", "3")
    for run in found["runs"]:
        loss = {name: part["value"] for name, part in run["loss"].items()}
        assert loss["pipeline"] + loss["retrieval"] + loss["reading"] == pytest.approx(1)
        assert sum(run["mistakes"].values()) == 6
    runs = sorted((out / "runs").glob("pipeline-*.jsonl"))
    assert len(runs) == 2
    compared = qa("eval", "compare", *runs, "--measure", "F1", "--json")
    assert compared.code == 0, compared.err
    (row,) = json.loads(compared.out)["comparisons"]
    assert row["low"] <= row["difference"] <= row["high"]
    assert "against" in qa("eval", "compare", *runs).out


def test_data_with_reviews_need_no_store(qa: RunQA, tmp_path: Path) -> None:
    rows = [
        {"id": f"q{n}", "question": "How is the strap?", "item_id": f"I{n}", "context": f"Number {n}: the strap broke.",
         "answers": [{"text": "the strap broke", "start": 10}]}
        for n in range(3)
    ]  # fmt: skip
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    ran = qa(
        "eval", "retriever", data, "-r", "bm25", "--k", "1,3", "--within", "item", "--out", tmp_path / "r", "--json"
    )
    assert ran.code == 0, ran.err
    (run,) = json.loads(ran.out)["runs"]
    assert run["measures"]["R@1"]["value"] == 1
    read = qa("eval", "reader", data, "--out", tmp_path / "r", "--json")
    assert json.loads(read.out)["runs"][0]["measures"]["forced F1"]["value"] > 0


def test_a_beir_folder_is_searched_and_not_read(qa: RunQA, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    documents = [{"_id": f"d{n}", "title": "", "text": f"The {word} broke."} for n, word in enumerate(("strap", "lid"))]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in documents))
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q1", "text": "Is the strap strong?"}) + "\n")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td0\t2\n")
    ran = qa("eval", "retriever", folder, "-r", "bm25", "--k", "1", "--out", tmp_path / "r", "--json")
    assert ran.code == 0, ran.err
    assert {run["measures"]["R@1"]["value"] for run in json.loads(ran.out)["runs"]} == {1}
    read = qa("eval", "reader", folder, "--out", tmp_path / "r")
    assert read.code == 3
    assert "without the words that answer" in read.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["retriever", "{reviews}"], 3, "no labelled questions"),
        (["retriever", "{unlabelled}"], 3, "no labelled questions"),
        (["retriever", "{foreign}", "--store", "{store}"], 3, "1 of 1 questions do not match the reviews"),
        (["retriever", "{foreign}"], 3, "--store"),
        (["retriever", "{outside}"], 3, "1 rows cannot be evaluated"),
        (["retriever", "{mixed}"], 3, "mixes formats"),
        (["retriever", "sample", "--k", "1,1000"], 2, "246"),
        (["retriever", "sample", "--store", "{store}", "--k", "0"], 2, "0"),
        (["retriever", "sample", "--store", "{store}", "--split", "holdout"], 3, "dev (107)"),
        (["retriever", "sample", "-r", "psychic"], 2, "psychic"),
        (["retriever", "sample", "--store", "{store}", "-r", "bm25", "--within", "item", "--run", "{nan}"], 3, "nan"),
        (
            ["retriever", "sample", "--store", "{store}", "-r", "bm25", "--within", "item", "--run", "{empty}"],
            3,
            "empty",
        ),
        (["retriever", "sample", "-r", "bm25", "--run", "{nan}"], 2, "--within"),
        (["reader", "sample", "--store", "{store}", "--model", "nobody/knows"], 6, "nobody/knows"),
        (["pipeline", "sample", "--reader", "nobody/knows"], 6, "nobody/knows"),
        (["compare", "{empty}", "{empty}"], 3, "no run"),
        (["report", "{missing}"], 3, "cannot be read"),
        (["report", "{reviews}"], 3, "no run of `qa eval`"),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(
    arguments: list[str], code: int, said: str, qa: RunQA, tmp_path: Path, sample_store: Path
) -> None:
    asked = {"question": "How is it?", "item_id": "HP-100"}
    label = {"review_id": "HP-100-01", "text": "no such words", "start": 0, "end": 13}
    right = {"context": "The strap broke.", "answers": [{"text": "broke", "start": 10}]}
    answer = {"context": "The strap broke.", "answers": [{"text": "y" * 89, "start": 10}]}
    contents = {
        "reviews": json.dumps({"text": "Fine.", "item_id": "HP-100"}),
        "unlabelled": json.dumps({"id": "q", **asked}),
        "foreign": json.dumps({"id": "q", **asked, "labels": [label]}),
        "outside": "\n".join(json.dumps({"id": f"q{n}", **asked, **one}) for n, one in enumerate((right, answer))),
        "nan": "HP-100-q01 Q0 HP-100-01 1 nan theirs",
        "empty": "",
    }
    files = {name: tmp_path / f"{name}.jsonl" for name in contents}
    for name, content in contents.items():
        files[name].write_text(content + "\n" * bool(content), encoding="utf-8")
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    shutil.copy(files["reviews"], mixed)
    shutil.copy(QUESTIONS, mixed)
    places = files | {"mixed": mixed, "store": sample_store, "missing": tmp_path / "missing.jsonl"}
    ran = qa("eval", *(argument.format(**places) for argument in arguments), *_out(arguments, tmp_path))
    assert ran.code == code, ran.err
    assert said in ran.err
    assert not list(tmp_path.rglob("runs/*.jsonl"))
    assert not list(tmp_path.rglob("dense"))


def _out(arguments: list[str], folder: Path) -> list[str]:
    return [] if arguments[0] in ("compare", "report") else ["--out", str(folder / "r")]


def test_models_of_one_name_do_not_overwrite_each_others_run(qa: RunQA, sample_store: Path, out: Path) -> None:
    for name in ("first", "second"):
        shutil.copytree(bundled_model("minilm-review-reader"), out / name / "reader")
    models = ("--model", out / "first" / "reader", "--model", out / "second" / "reader")
    ran = qa("eval", "reader", "sample", "--limit", "2", *models, "--store", sample_store, "--out", out)
    assert ran.code == 2
    assert "Several systems would be called 'reader-reader'" in ran.err
    assert not (out / "runs").exists()


def test_another_experiment_is_not_mixed_into_a_run(qa: RunQA, sample_store: Path, out: Path) -> None:
    asked = ("eval", "retriever", "sample", "-r", "bm25", "--within", "item", "--store", sample_store, "--out", out)
    assert qa(*asked, "--k", "1").code == 0
    other = qa(*asked, "--k", "1,3")
    assert other.code == 2
    assert "retrieval.depth was 1 and is 3" in other.err
    assert qa(*asked, "--k", "1,3", "--fresh").code == 0
