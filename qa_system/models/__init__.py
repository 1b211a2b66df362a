"""The weights that come with the package, each in a folder of its own with a model card."""

from pathlib import Path

from qa_system.errors import ModelError

_FOLDER = Path(__file__).parent


def bundled_models(kind: str | None = None) -> list[str]:
    """
    Name the bundled models of a kind.

    :param kind: What they are, which their names end with, such as `reader` or `encoder`; None for all.
    :returns: Their names, sorted.
    """
    return sorted(config.parent.name for config in _FOLDER.glob(f"*-{kind or '*'}/config.json"))


def bundled_model(name: str) -> Path:
    """
    Locate a bundled model.

    :param name: One of `bundled_models`.
    :returns: The folder with its weights, configuration and tokenizer.
    :raises ModelError: No such model comes with the package.
    """
    if name not in bundled_models():
        raise ModelError(f"no bundled model is called {name!r}. Bundled: {', '.join(bundled_models())}.")
    return _FOLDER / name
