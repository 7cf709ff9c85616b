"""Which device a process computes on, set up so that the same seed gives the same bits."""

import os

import torch

from services.motion.errors import Unsuitable


def choose(name: str) -> torch.device:
    """The device `auto`, `cpu`, `cuda` or `cuda:1`; `auto` takes an accelerator where there is one.

    Raises Unsuitable when this machine has no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise Unsuitable(f"unknown device {name!r}") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise Unsuitable("there is no CUDA device on this machine")
    return device


def prepare(device: torch.device, *, threads: int | None = None) -> None:
    """Bound the CPU threads and, on CUDA, take only kernels that are deterministic.

    The number of threads is set even where it stays what it was: until then MKL may take fewer for a call
    (`MKL_DYNAMIC`, which PyTorch switches off together with setting the number), and another number sums in another
    order.
    """
    torch.set_num_threads(threads or torch.get_num_threads())
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.benchmark = False
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
