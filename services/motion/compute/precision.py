"""Which precision a base's weights lie in and the network computes in; adapters, losses and optimisers are float32."""

from contextlib import AbstractContextManager, nullcontext
from typing import get_args

import torch

from services.motion.errors import Unsuitable
from shared.precision import Precision

_BFLOAT16_INSTRUCTIONS = ("avx512_bf16", "amx_bf16")


def resolve(name: str, device: torch.device) -> torch.dtype:
    """The dtype of a compute option; `auto` is bfloat16 where the device is faster with it.

    Raises Unsuitable for an unknown name.
    """
    if name not in get_args(Precision):
        raise Unsuitable(f"unknown compute dtype {name!r}; known: {', '.join(get_args(Precision))}")
    if name != "auto":
        return getattr(torch, name)
    return torch.bfloat16 if _fast_bfloat16(device) else torch.float32


def of_base(name: str, device: torch.device) -> torch.dtype:
    """The dtype in which a base is loaded; `auto` is bfloat16 on a CUDA device that has it, else float32.

    Raises Unsuitable for an unknown name.
    """
    if name == "auto" and device.type != "cuda":
        return torch.float32
    return resolve(name, device)


def name_of(dtype: torch.dtype) -> str:
    """What the options call a dtype."""
    return str(dtype).removeprefix("torch.")


def _fast_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and any(torch.cpu.get_capabilities().get(name) for name in _BFLOAT16_INSTRUCTIONS)


def computing(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[None]:
    """Autocast to `dtype` on the device; nothing for float32."""
    if dtype == torch.float32:
        return nullcontext()
    return torch.autocast(device.type, dtype=dtype)
