import pytest
import torch

from qa_system.inference.hardware import floats, integers


@pytest.mark.parametrize(
    ("machine", "capabilities", "expected"),
    [
        ("x86_64", {"avx2": True, "avx512_vnni": True}, "QInt8"),
        ("x86_64", {"avx2": True, "avx_vnni": True}, "QInt8"),
        ("x86_64", {"avx2": True, "avx512_vnni": False}, "QUInt8"),
        ("AMD64", {}, "QUInt8"),
        ("aarch64", {}, "QInt8"),
    ],
)
def test_signed_integers_only_where_their_sums_are_kept_whole(monkeypatch, machine, capabilities, expected):
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: capabilities, raising=False)
    assert integers() == expected


@pytest.mark.parametrize(("capability", "expected"), [("avx2", torch.float32), ("amx_bf16", torch.bfloat16)])
def test_bfloat16_only_where_the_cpu_has_instructions_for_it(monkeypatch, capability, expected):
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: {capability: True}, raising=False)
    assert floats(torch.device("cpu")) == expected


def test_a_version_of_torch_that_cannot_tell_means_float32(monkeypatch):
    monkeypatch.delattr("torch.cpu.get_capabilities", raising=False)
    assert floats(torch.device("cpu")) == torch.float32
