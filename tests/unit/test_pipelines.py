"""Settings become components."""

import pytest

from qa_system.errors import SettingsError
from qa_system.pipelines import make_reader
from qa_system.reading.runtime import RUNTIMES
from qa_system.settings import load_settings


def reader_of(**settings: object):
    return make_reader(load_settings(overrides={"reader": settings}))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_reader_runs_on_what_the_settings_say(runtime: str) -> None:
    reader = reader_of(runtime=runtime, device="cpu")
    assert (reader.runtime, reader.device.to_torch_str()) == (runtime, "cpu")


def test_an_unknown_runtime_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"reader\.runtime.*'torch', 'onnx' or 'onnx-int8'.*'tensorflow'"):
        reader_of(runtime="tensorflow")


def test_a_runtime_of_the_cpu_is_refused_on_a_gpu() -> None:
    with pytest.raises(SettingsError, match="runs on the cpu only"):
        reader_of(runtime="onnx", device="cuda")


@pytest.mark.parametrize("device", ["gpu", "cuda:first"])
def test_what_is_no_device_is_refused_with_some_that_are(device: str) -> None:
    with pytest.raises(SettingsError, match=r"reader\.device.*cuda:1"):
        reader_of(device=device)
