"""Options that several commands take, and the settings they add up to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # everything heavy is imported inside the command that needs it
    from qa_system.queries import Filters
    from qa_system.settings import Settings
    from qa_system.system import QASystem

StoreOption = Annotated[
    str | None,
    typer.Option("--store", "-s", help="Folder of the store, or URL of a cluster.", show_default="reviews.qa"),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file.", show_default="qa.toml, where there is one")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")]
ItemOption = Annotated[str | None, typer.Option("--item", "-i", help="Only the reviews of this item.")]
FilterOption = Annotated[
    list[str] | None,
    typer.Option("--filter", "-f", help='Only reviews with this metadata: "rating<=2". May be repeated.'),
]
RetrieverOption = Annotated[
    str | None, typer.Option("--retriever", "-r", help="bm25, dense, hybrid or auto.", show_default="auto")
]
ConsensusOption = Annotated[
    bool, typer.Option("--consensus", "-c", help="Read all reviews of the item, and tell what reviewers agree on.")
]
GeneratorOption = Annotated[
    str | None, typer.Option("--generator", "-g", help="Have an answer written: by rag, or by llm, a chat model.")
]
MinSupportOption = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, help="With --generator: support below which a sentence is withheld.", show_default="0.4"
    ),
]

FormatOption = Annotated[str | None, typer.Option("--format", help="Format of the source; detected by default.")]
MapOption = Annotated[
    list[str] | None, typer.Option("--map", help="OURS=THEIRS: their column for our field. May be repeated.")
]

ModelFolderOption = Annotated[Path, typer.Option("--out", "-o", help="Folder for the model.")]
TrainingDataOption = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        "-d",
        help="Labelled questions with their reviews, or PATH=WEIGHT: 2 for twice an epoch, 0.5 for a random half.",
    ),
]
DataRootOption = Annotated[
    Path | None, typer.Option(help="Where the paths of the recipe start.", show_default="its folder")
]
SeedOption = Annotated[int | None, typer.Option(help="Decides what is left to chance.", show_default="0")]
DeviceOption = Annotated[str | None, typer.Option(help="Torch device.", show_default="a GPU where there is one")]
RecipeOption = Annotated[
    str | None, typer.Option(help="TOML file with data, base and all values; or a bundled recipe.")
]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on where a training in the folder was interrupted.")]


def settings_of(config: Path | None, **overrides: dict[str, Any]) -> "Settings":
    """
    Gather the settings of a command.

    :param config: The settings file, None for `qa.toml` where there is one.
    :param overrides: What the flags say, by section; None says nothing.
    :returns: The settings.
    :raises SettingsError: If one is wrong.
    """
    from qa_system.settings import load_settings

    if address := overrides.get("store", {}).get("path"):
        overrides["store"] |= {"path": None, "url": address} if "://" in str(address) else {"url": ""}
    return load_settings(config, overrides)


def column_mapping(pairs: list[str] | None) -> dict[str, str]:
    """
    Read `--map OURS=THEIRS`.

    :param pairs: As given, None where the option was not.
    :returns: Our field to their column.
    :raises typer.BadParameter: If one is not of this form, or a field is named twice.
    """
    mapping: dict[str, str] = {}
    for pair in pairs or []:
        ours, equals, theirs = pair.partition("=")
        if not (ours and equals and theirs):
            raise typer.BadParameter(f"--map takes OURS=THEIRS, such as --map text=body, not {pair!r}.")
        if ours in mapping:
            raise typer.BadParameter(f"--map names a column for {ours} twice: {mapping[ours]} and {theirs}.")
        mapping[ours] = theirs
    return mapping


def filters_of(expressions: list[str] | None, qa: "QASystem") -> "Filters | None":
    """
    Read `--filter`.

    :param expressions: As given, None where the option was not.
    :param qa: The system, whose store tells of what type a field is.
    :returns: A Haystack filter that all must pass; None where there are none.
    :raises QueryError: If one is malformed.
    """
    from qa_system.queries import parse_filters

    return parse_filters(expressions, qa.store.get_metadata_fields_info()) if expressions else None
