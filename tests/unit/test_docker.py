"""The compose file, as far as it can be checked without Docker."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from qa_system.settings import setting_names


@pytest.fixture
def compose(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "docker" / "compose.yml").read_text(encoding="utf-8"))


def test_services_wait_for_services_that_are_there_and_use_volumes_that_are_declared(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("depends_on", {})) <= set(compose["services"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith(("$", ".", "/")) or source in compose["volumes"], (name, volume)


def test_every_service_that_stays_has_a_health_check_a_memory_limit_and_no_root(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert "mem_limit" in service, name
        assert "healthcheck" in service or "restart" not in service, name
        assert service.get("user") != "0" or name == "certificates"


def test_variables_are_in_the_example_and_settings_exist(root: Path, compose: dict[str, Any]) -> None:
    text = (root / "docker" / "compose.yml").read_text(encoding="utf-8")
    example = (root / "docker" / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    known = {"QA_" + name.upper().replace(".", "__") for name in setting_names()}
    for service in compose["services"].values():
        assert {name for name in service.get("environment", {}) if name.startswith("QA_")} <= known


def test_no_secret_has_a_default(root: Path) -> None:
    assert re.search(r"^ELASTIC_PASSWORD=$", (root / "docker" / ".env.example").read_text(), re.MULTILINE)


def test_the_image_copies_every_folder_that_is_packaged(root: Path) -> None:
    dockerfile = (root / "docker" / "Dockerfile").read_text(encoding="utf-8")
    for folder in ("qa_system", "indexing", "eval", "ui", "distributions"):
        assert f"COPY {folder} {folder}" in dockerfile
    assert dockerfile.rindex("USER qa") > dockerfile.rindex("FROM")
