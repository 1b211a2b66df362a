"""The `qa` command: its parts put together, its errors shown, its exit codes."""

import logging
import os
import sys
from typing import Annotated

import typer

from qa_system.cli import (
    commands,
    evaluate,
    evaluate_consensus,
    facts,
    find,
    labels,
    page,
    summary,
    train_dense,
    train_generator,
    train_opinions,
    training,
    tune,
    tune_hybrid,
    tune_reader,
)
from qa_system.errors import QAError

INTERRUPTED = 130

app = typer.Typer(
    name="qa",
    help="Answers questions from customer reviews, in the reviewers' own words.",
    epilog="Exit codes: 0 done (an abstention too), 1 failed, 2 wrong option or setting, 3 source, 4 store, "
    "5 question, item or filter, 6 model, 7 generator, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(commands.commands)
app.add_typer(summary.commands)
app.add_typer(facts.commands)
app.add_typer(find.commands)
app.add_typer(page.page)
evaluate.commands.add_typer(evaluate_consensus.commands)
app.add_typer(
    evaluate.commands,
    name="eval",
    help="Measure a retriever, a reader, the whole pipeline or a consensus on labelled questions.",
)
training.training.add_typer(train_dense.commands)
training.training.add_typer(train_generator.commands)
training.training.add_typer(train_opinions.commands)
app.add_typer(training.training, name="train", help="Train a model on labelled questions.")
app.add_typer(training.conversion)
tune.commands.add_typer(tune_hybrid.commands)
tune.commands.add_typer(tune_reader.commands)
app.add_typer(tune.commands, name="tune", help="Find the settings that serve a store best.")
app.add_typer(labels.commands)


@app.callback()
def _global_options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error; works anywhere.")] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; no traceback reaches a user without `--debug`."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a review may hold what a terminal cannot
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    _silence_libraries()
    _show_log()
    try:
        app(prog_name="qa")
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except Exception as error:
        if debug:
            raise
        _fail(error)


def _fail(error: Exception) -> None:
    if isinstance(error, QAError):
        typer.secho(f"Error: {error}", err=True, fg="red")
        raise SystemExit(error.exit_code) from None
    typer.secho(f"Unexpected {type(error).__name__}: {error}", err=True, fg="red")
    typer.secho("Run the command with --debug and report what it shows.", err=True)
    raise SystemExit(QAError.exit_code) from None


class _Messages(logging.Handler):
    """Says on stderr what is logged, such as why a first question takes longer."""

    def emit(self, record: logging.LogRecord) -> None:
        from qa_system import console

        say = console.warn if record.levelno >= logging.WARNING else console.tell
        say(record.getMessage())


def _show_log() -> None:
    log = logging.getLogger("qa_system")
    log.setLevel(logging.INFO)
    log.handlers = [_Messages()]


def _silence_libraries() -> None:
    """No telemetry, and nobody's progress bars but ours."""
    os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    logging.getLogger("transformers").setLevel(logging.ERROR)
    logging.getLogger("haystack.components.generators").setLevel(logging.ERROR)  # what matters of it we say ourselves
