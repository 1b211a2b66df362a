"""`qa tune reader`: a run of `qa eval` in, a reader that is as sure as it is right out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_system.cli.options import JsonOption

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from qa_system.reading.traits import ModelTraits
    from qa_system.training.confidence import Recalibration

commands = typer.Typer()

MEASURES = ("EM", "F1", "F1 answerable", "no-answer accuracy", "ECE answer", "ECE no answer")


@commands.command(epilog="Example: qa tune reader report/runs/pipeline-hybrid+my-reader-item.jsonl --model my-reader")
def reader(
    run: Annotated[Path, typer.Argument(help="Run of `qa eval pipeline`, made with this reader as it is now.")],
    model: Annotated[Path, typer.Option(help="Folder of the reader, whose config.json is written.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    json: JsonOption = False,
) -> None:
    """Make a reader as sure of its answers as it was right in a run."""
    from dataclasses import asdict

    from qa_system import console
    from qa_system.eval.journal import read_run
    from qa_system.training.base import save_traits
    from qa_system.training.confidence import recalibrated

    asked = read_run(run)
    traits = _traits(model, asked.header.models.get("reader", {}).get("sha256"))
    found = recalibrated(asked)
    if not dry_run:
        save_traits(model, found.applied(traits))
    if json:
        console.show_json({"style": found.style, **asdict(found.calibration), "written": not dry_run})
    else:
        console.show_markdown(_report(found, written_to=None if dry_run else model))


def _traits(model: Path, weights: str | None) -> "ModelTraits":
    import json

    from qa_system.dense.model_files import weights_hash
    from qa_system.errors import ModelError, SettingsError
    from qa_system.reading.traits import ModelTraits

    try:
        config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{model} is no folder of a reader: its config.json cannot be read ({error}).") from error
    if weights_hash(model) != weights:
        raise SettingsError(
            f"The run was not made with the reader in {model}. Make one: `qa eval pipeline DATA --reader {model}`."
        )
    return ModelTraits.from_config(config)


def _report(found: "Recalibration", *, written_to: Path | None) -> str:
    from qa_system.eval.report.markdown import written
    from qa_system.eval.report.measured import scores

    rows = {name: card.measures for name, card in found.cards.items()}
    where = f"stands in {written_to}/config.json now" if written_to else "would be written"
    return (
        written(scores("", rows, MEASURES))
        + f"\n\nFor questions in the style {found.style}, threshold {found.calibration.threshold:.3f} and temperature "
        + f"{found.calibration.temperature:.3f}: that {where}. Measure it on other questions than these.\n"
    )
