import pytest
import yaml
from haystack import Pipeline
from haystack.utils import ComponentDevice, Secret

from qa_system.errors import SettingsError
from qa_system.reading.reader import Reader


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"model": "some/hub-model", "top_k": 7, "no_answer": False, "question_style": "auto", "stride": 64},
        {
            "device": ComponentDevice.from_str("cpu"),
            "runtime": "onnx",
            "token": Secret.from_env_var("MY_TOKEN", strict=False),
        },
        {"token": None, "batch_tokens": 100, "context_chars": 0, "max_answer_tokens": 5, "max_seq_length": 256},
    ],
)
def test_survives_yaml(parameters):
    pipeline = Pipeline()
    pipeline.add_component("reader", Reader(**parameters))
    reader = Pipeline.loads(pipeline.dumps(), allowed_modules=["qa_system.*"]).get_component("reader")
    assert reader.to_dict() == pipeline.get_component("reader").to_dict()
    for name, value in parameters.items():
        assert getattr(reader, name) == value


def test_a_token_given_in_clear_is_not_serialised():
    with pytest.raises(ValueError, match="token"):
        yaml.safe_dump(Reader(token=Secret.from_token("very-secret")).to_dict())


def test_every_wrong_parameter_is_reported_at_once():
    with pytest.raises(SettingsError) as caught:
        Reader(top_k=0, max_seq_length=384, stride=300, question_style="shouting", runtime="tensorflow")
    parts = (
        "top_k is 0",
        "stride is 300",
        "'shouting'",
        "auto, opinion",
        "'tensorflow'",
        "auto, torch, onnx, onnx-int8",
    )
    assert all(part in str(caught.value) for part in parts)


@pytest.mark.parametrize("runtime", ["onnx", "onnx-int8"])
def test_onnx_is_refused_on_a_device_that_it_does_not_run_on(runtime):
    Reader(runtime=runtime, device=ComponentDevice.from_str("cpu:0"))
    with pytest.raises(SettingsError, match=r"runs on the cpu only"):
        Reader(runtime=runtime, device=ComponentDevice.from_str("cuda:0"))
