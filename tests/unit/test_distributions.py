"""The package, and the weights that are a distribution of their own, go together."""

import tomllib
from pathlib import Path
from typing import Any


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_generator_has_the_version_of_the_package_and_each_names_the_other(root: Path) -> None:
    main, generator = (project(folder)["project"] for folder in (root, root / "distributions/generator"))
    assert generator["version"] == main["version"]
    assert generator["dependencies"] == [f"{main['name']}=={main['version']}"]
    assert main["optional-dependencies"]["generator"] == [f"{generator['name']}=={main['version']}"]
    assert (generator["license"], generator["requires-python"]) == (main["license"], main["requires-python"])


def test_the_generator_is_installed_where_bundled_models_are(root: Path) -> None:
    from qa_system.generation.rag_model import BUNDLED

    (targets,) = project(root / "distributions/generator")["tool"]["hatch"]["build"]["targets"].values()
    assert targets["force-include"] == {f"../../qa_system/models/{BUNDLED}": f"qa_system/models/{BUNDLED}"}
    left_out = project(root)["tool"]["setuptools"]["exclude-package-data"]["qa_system.models"]
    assert left_out == [f"{BUNDLED}/*", f"{BUNDLED}/*/*"]


def test_both_have_the_same_licence(root: Path) -> None:
    assert (root / "distributions/generator/LICENSE").read_bytes() == (root / "LICENSE").read_bytes()
