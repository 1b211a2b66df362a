import pytest

from qa_system.dense.model_files import model_folder, weights_hash
from qa_system.errors import ModelError


@pytest.mark.parametrize(
    "name", ["minilm-review-encoder", "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"]
)
def test_bundled_model_needs_no_network(name):
    assert (model_folder(name) / "model.safetensors").is_file()


def test_the_owner_of_the_bundled_copy_may_be_named():
    assert model_folder("all-MiniLM-L6-v2") == model_folder("sentence-transformers/all-MiniLM-L6-v2")


def test_folder_is_taken_as_it_is(tmp_path):
    assert model_folder(str(tmp_path)) == tmp_path


@pytest.fixture
def hub_cache(tmp_path, monkeypatch):
    """An empty cache of the hub on a machine without a network."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return tmp_path


@pytest.mark.usefixtures("hub_cache")
@pytest.mark.parametrize("name", ["./no-such-folder", "no spaces allowed", "owner/unknown"])
def test_name_that_is_neither_folder_nor_hub_name_says_what_is_possible(name):
    with pytest.raises(
        ModelError, match=r"no encoder.*out of reach.*'minilm-review-encoder' and 'all-MiniLM-L6-v2' \(bundled.*folder"
    ):
        model_folder(name)


@pytest.mark.parametrize(("name", "owner"), [("owner/model", "owner"), ("model", "sentence-transformers")])
@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin"])
def test_model_that_was_downloaded_before_needs_no_network(hub_cache, name, owner, weights):
    repository = hub_cache / f"models--{owner}--model"
    snapshot = repository / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / weights).write_bytes(b"weights")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)

    assert model_folder(name) == snapshot


def test_hash_follows_the_weights(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = weights_hash(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"not loaded beside safetensors")
    assert weights_hash(tmp_path) == first

    (tmp_path / "model.safetensors").write_bytes(b"other")
    assert weights_hash(tmp_path) != first


def test_hash_does_not_follow_the_folder(tmp_path):
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pytorch_model.bin").write_bytes(b"weights")

    assert weights_hash(tmp_path / "here") == weights_hash(tmp_path / "there")


def test_folder_without_weights_says_what_is_missing(tmp_path):
    with pytest.raises(ModelError, match=r"no \*.safetensors or \*.bin"):
        weights_hash(tmp_path)
