"""`qa train reader` and `qa convert`: labelled questions in, a model or another format out."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa_system.cli.options import FormatOption, MapOption, column_mapping

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from qa_system.training.mixture import TrainingSource

conversion = typer.Typer()
training = typer.Typer(no_args_is_help=True)

_WEIGHTED = re.compile(r"(.+)=(\d*\.?\d+)")


@conversion.command(epilog="Example: qa convert subjqa/electronics --to squad --out electronics.json")
def convert(
    source: Annotated[str, typer.Argument(help="Labelled questions with their reviews: a file or folder.")],
    to: Annotated[str, typer.Option(help="What to write: squad, for SQuAD 2 JSON.")] = "squad",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write.", show_default="stdout")] = None,
    format: FormatOption = None,  # noqa: A002
    map: MapOption = None,  # noqa: A002
) -> None:
    """Write labelled questions in a format that other tools read."""
    from qa_system import console
    from qa_system.sources import read_questions
    from qa_system.sources.conversion import squad_json

    if to != "squad":
        raise typer.BadParameter(f"--to takes squad, not {to!r}.")
    questions = read_questions(source, format=format, mapping=column_mapping(map), on_reject=console.warn)
    console.write_json(squad_json(questions), out)


@training.command(epilog="Example: qa train reader --data reviews_qa.jsonl --data subjqa/electronics=2 --out my-reader")
def reader(
    data: Annotated[
        list[str],
        typer.Option(
            "--data",
            "-d",
            help="Labelled questions with their reviews, or PATH=WEIGHT: 2 for twice an epoch, 0.5 for a random half.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the model.")],
    base: Annotated[
        str, typer.Option(help="What to start from: bundled encoder or reader, folder, or Hugging Face model.")
    ] = "all-MiniLM-L6-v2",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="How often the data are gone through.", show_default="3")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The highest.", show_default="1.5e-4")] = None,
    max_seq_length: Annotated[int | None, typer.Option(help="Longest window, in tokens.", show_default="384")] = None,
    stride: Annotated[int | None, typer.Option(help="Tokens that windows share.", show_default="128")] = None,
    batch_tokens: Annotated[int | None, typer.Option(help="Tokens in a batch.", show_default="4096")] = None,
    negatives: Annotated[
        float | None,
        typer.Option(help="Questions put to a review that does not answer, a question.", show_default="0.1"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Decides what is left to chance.", show_default="0")] = None,
    device: Annotated[str | None, typer.Option(help="Torch device.", show_default="a GPU where there is one")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was interrupted.")] = False,
) -> None:
    """Train a reader, calibrate it, and save it where `--reader` finds it."""
    from haystack.utils import ComponentDevice

    from qa_system import console
    from qa_system.training.reader import train_reader
    from qa_system.training.recipe import Recipe

    said: dict[str, Any] = {
        "epochs": epochs,
        "learning_rate": learning_rate,
        "max_seq_length": max_seq_length,
        "stride": stride,
        "batch_tokens": batch_tokens,
        "negative_share": negatives,
        "seed": seed,
    }
    trained = train_reader(
        [_source(each) for each in data],
        out,
        base=base,
        recipe=Recipe(**{name: value for name, value in said.items() if value is not None}),
        resume=resume,
        device=ComponentDevice.from_str(device) if device else None,
        on_progress=console.tell,
    )
    console.tell(f"F1 on the validation questions {trained.f1:.3f}; the log is {trained.log}")
    console.tell(f'Use it: qa ask "…" --reader {trained.folder}')


def _source(text: str) -> "TrainingSource":
    """Read `PATH` or `PATH=WEIGHT`; a path that exists is a path."""
    from qa_system.training.mixture import TrainingSource

    match = None if Path(text).exists() else _WEIGHTED.fullmatch(text)
    return TrainingSource(Path(match[1]), weight=float(match[2])) if match else TrainingSource(Path(text))
