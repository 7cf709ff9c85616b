"""The compute device of a process, configured so that the same seed gives the same bits."""

import os

import torch

from services.motion.errors import Unsuitable


def choose(name: str) -> torch.device:
    """The device for an option `auto`, `cpu`, `cuda` or `cuda:1`; `auto` is CUDA if it is available, else the CPU.

    Raises Unsuitable when this machine has no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise Unsuitable(f"unknown device {name!r}") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise Unsuitable("this machine has no CUDA device")
    return device


def prepare(device: torch.device, *, threads: int | None = None) -> None:
    """Set the number of CPU threads and, on CUDA, select deterministic kernels.

    The number of threads is set even if it does not change, because PyTorch switches off `MKL_DYNAMIC` together with
    setting it. With `MKL_DYNAMIC`, MKL may use fewer threads for a call and then sums in another order.
    """
    torch.set_num_threads(threads or torch.get_num_threads())
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.benchmark = False
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
