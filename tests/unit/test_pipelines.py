"""Settings become components."""

import pytest

from qa_system.errors import SettingsError
from qa_system.pipelines import make_generator, make_reader
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


def generator_of(name: str, **settings: object):
    return make_generator(load_settings(overrides={name: settings}), name)


def test_the_chat_model_is_the_one_that_the_settings_name() -> None:
    llm = generator_of("llm", model="m", base_url="http://h/v1", key_variable="MY_KEY", timeout=3, temperature=0)
    assert (llm.model, llm.base_url, llm.timeout, llm.temperature) == ("m", "http://h/v1", 3, 0)
    assert llm.to_dict()["init_parameters"]["api_key"]["env_vars"] == ["MY_KEY"]


def test_the_rag_model_writes_as_the_settings_say() -> None:
    limits = {"num_beams": 7, "max_tokens": 9, "answers": 2, "length_penalty": 0.5, "no_repeat_ngram_size": 4}
    rag = generator_of("rag", model="m", variant="sequence", **limits)
    assert (rag.model, rag.variant, rag.num_beams, rag.max_new_tokens, rag.answers) == ("m", "sequence", 7, 9, 7)
    assert (rag.length_penalty, rag.no_repeat_ngram_size) == (0.5, 4)


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("llm", {}, r"No chat model is named.*QA_LLM__MODEL"),
        ("llm", {"model": "m", "device": "gpu"}, r"llm\.device.*cuda:1"),
        ("rag", {"device": "gpu"}, r"rag\.device.*cuda:1"),
        ("rag", {"answers": 5}, "answers is 5.*num_beams"),
        ("rag", {"variant": "word"}, r"rag\.variant"),
    ],
)
def test_generators_that_cannot_be_made_are_refused(name: str, settings: dict, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        generator_of(name, **settings)
