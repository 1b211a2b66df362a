"""`qa tune hybrid`: labelled questions in, the settings that join two rankings best out."""

import json
from collections.abc import Callable
from pathlib import Path

RunQA = Callable[..., "Ran"]  # noqa: F821 (see conftest)


def test_the_best_way_is_first_and_each_is_compared_with_the_usual(qa: RunQA, sample_store: Path) -> None:
    ran = qa("tune", "hybrid", "sample", "--split", "dev", "--limit", "30", "--store", sample_store, "--json")
    assert ran.code == 0, ran.err
    tried = json.loads(ran.out)["tried"]
    assert len(tried) == 20
    values = [one["value"]["value"] for one in tried]
    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1]
    (usual,) = (one for one in tried if (one["fusion"], one["dense_weight"]) == ("rrf", 0.5))
    assert usual["gain"] == {**usual["gain"], "value": 0, "low": 0, "high": 0}
    for one in tried:
        assert abs(one["gain"]["value"] - (one["value"]["value"] - usual["value"]["value"])) < 1e-9


def test_it_says_what_to_write_into_the_settings(qa: RunQA, sample_store: Path) -> None:
    asked = ("tune", "hybrid", "sample", "--split", "dev", "--limit", "10", "--store", sample_store)
    ran = qa(*asked, "--within", "item", "--measure", "R@10")
    assert ran.code == 0, ran.err
    assert "[retrieval]" in ran.out
    assert "dense_weight = " in ran.out
    refused = qa(*asked, "--measure", "R@11")
    assert (refused.code, "Valid are: R@10" in refused.err) == (2, True)
