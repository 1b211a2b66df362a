"""Which numbers the hardware multiplies fast and right."""

import platform
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import torch


def floats(device: "torch.device") -> "torch.dtype":
    """
    Choose the floating-point numbers to compute in.

    :param device: Where.
    :returns: bfloat16 where the hardware multiplies it, else float32: emulated, bfloat16 is slower (docs/reader.md).
    """
    import torch

    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    has_bf16 = device.type == "cpu" and _cpu_has("avx512_bf16", "amx_bf16")
    return torch.bfloat16 if has_bf16 else torch.float32


def integers() -> Literal["QInt8", "QUInt8"]:
    """
    Choose the integers that ONNX Runtime keeps weights in.

    :returns: The name of its type. Signed ones are the faster, but without VNNI the x86 instructions for them cut off
        sums that leave 16 bits.
    """
    cuts_off = platform.machine().lower() in ("x86_64", "amd64") and not _cpu_has("avx512_vnni", "avx_vnni")
    return "QUInt8" if cuts_off else "QInt8"


def _cpu_has(*instructions: str) -> bool:
    import torch

    # Older versions of torch cannot be asked.
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(capabilities.get(name) for name in instructions)
