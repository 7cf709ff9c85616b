"""What the machine may lack: names for the errors in which libraries say it, each in its own way."""

import errno

import torch

DISK_FULL, OUT_OF_MEMORY, INTERNAL = "disk_full", "out_of_memory", "internal"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SAYS_FULL = "No space left on device"
_SAYS_NO_MEMORY = ("can't allocate memory", "Cannot allocate memory", "bad_alloc")


def code_of(error: BaseException) -> str:
    """`disk_full`, `out_of_memory`, or `internal` for what has no name."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or _says_no_memory(error):
        return OUT_OF_MEMORY
    if (isinstance(error, OSError) and error.errno in _FULL) or _SAYS_FULL in str(error):
        return DISK_FULL  # safetensors and FFmpeg have errors of their own, with the system's words
    return INTERNAL


def _says_no_memory(error: BaseException) -> bool:
    """PyTorch's allocator on a CPU raises a plain RuntimeError; a thread or a map that finds none, an OSError."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _SAYS_NO_MEMORY)
