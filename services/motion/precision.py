"""Which precision the network computes in; weights and adapters keep theirs."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal, get_args

import torch

ComputeDtype = Literal["auto", "float32", "bfloat16", "float16"]


def resolve(name: str, device: torch.device) -> torch.dtype:
    """The dtype of a compute option; `auto` is bfloat16 where the device is faster with it.

    Raises ValueError for an unknown name.
    """
    if name not in get_args(ComputeDtype):
        raise ValueError(f"unknown compute dtype {name!r}; known: {', '.join(get_args(ComputeDtype))}")
    if name != "auto":
        return getattr(torch, name)
    return torch.bfloat16 if _fast_bfloat16(device) else torch.float32


def _fast_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def computing(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[None]:
    """Autocast to `dtype` on the device; nothing for float32."""
    if dtype == torch.float32:
        return nullcontext()
    return torch.autocast(device.type, dtype=dtype)
