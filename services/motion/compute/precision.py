"""The dtypes of base weights and of computation. Adapters, losses and optimizers are always float32."""

from contextlib import AbstractContextManager, nullcontext
from typing import get_args

import torch

from services.motion.errors import Unsuitable
from shared.precision import Precision

_BFLOAT16_INSTRUCTIONS = ("avx512_bf16", "amx_bf16")


def resolve_compute_dtype(name: str, device: torch.device) -> torch.dtype:
    """The dtype of computation for an option; `auto` is bfloat16 on devices with fast bfloat16, else float32.

    Raises Unsuitable for an unknown name.
    """
    if name not in get_args(Precision):
        raise Unsuitable(f"unknown compute dtype {name!r}; known: {', '.join(get_args(Precision))}")
    if name != "auto":
        return getattr(torch, name)
    return torch.bfloat16 if _fast_bfloat16(device) else torch.float32


def resolve_base_dtype(name: str, device: torch.device) -> torch.dtype:
    """The dtype of a base model's weights for an option; `auto` is bfloat16 on CUDA devices with it, else float32.

    Raises Unsuitable for an unknown name.
    """
    if name == "auto" and device.type != "cuda":
        return torch.float32
    return resolve_compute_dtype(name, device)


def dtype_name(dtype: torch.dtype) -> str:
    """The dtype's name in the options."""
    return str(dtype).removeprefix("torch.")


def _fast_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and any(torch.cpu.get_capabilities().get(name) for name in _BFLOAT16_INSTRUCTIONS)


def autocast(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[None]:
    """Autocast to `dtype` on the device; no autocast for float32."""
    if dtype == torch.float32:
        return nullcontext()
    return torch.autocast(device.type, dtype=dtype)
