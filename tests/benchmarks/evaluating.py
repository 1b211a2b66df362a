"""What the benchmarks of quality share: a `qa eval` command in, scorecards out."""

import os
import subprocess
import sys
from pathlib import Path

from qa_system.eval.journal import read_run
from qa_system.eval.score import score
from qa_system.eval.scorecard import Scorecard

DATA = Path(os.path.relpath(os.environ.get("QA_TEST_SHARED", Path(__file__).parents[3] / "shared"))) / "data"
SUBJQA = ("electronics", "grocery", "restaurants", "tripadvisor")


def asked(folder: Path, command: list[str], settings: dict[str, str]) -> dict[str, Scorecard]:
    """
    Ask what the folder does not hold yet.

    :param folder: For the runs.
    :param command: What follows `qa eval`.
    :param settings: Environment variables such as `QA_READER__QUESTION_STYLE`.
    :returns: The score of each run, by the name of its file.
    """
    arguments = [sys.executable, "-m", "qa_system.cli", "eval", *command, "--out", str(folder)]
    ran = subprocess.run(arguments, stdout=subprocess.DEVNULL, env=os.environ | settings, check=False)
    if ran.returncode:
        sys.exit(ran.returncode)
    return {run.stem: score(read_run(run)) for run in sorted((folder / "runs").glob("*.jsonl"))}
