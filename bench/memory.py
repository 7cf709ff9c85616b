"""Peak memory of a code block: torch's count on a GPU, the resident set size on Linux otherwise."""

import ctypes
from pathlib import Path

import torch

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
"""What resets the peak of a process's resident memory (proc(5))."""


class Peak:
    """Begins to measure when it is made."""

    def __init__(self, device: torch.device) -> None:
        """`device` is where the work's memory is."""
        self._device = device
        if device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(device)
            self._before = torch.cuda.memory_allocated(device)
        elif _CLEAR.exists():
            ctypes.CDLL(None).malloc_trim(0)  # what the allocator keeps would hide what is taken anew
            _CLEAR.write_text(_RESET_PEAK)
            self._before = _resident("VmRSS")

    def read(self) -> int | None:
        """Bytes at the peak above those at the beginning; None where they are not measured."""
        if self._device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._device) - self._before
        return _resident("VmHWM") - self._before if _CLEAR.exists() else None


def _resident(name: str) -> int:
    """A figure of this process's memory, in bytes."""
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024
