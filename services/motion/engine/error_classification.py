"""Classifies exceptions that are caused by a full disk or by missing memory, whatever library raises them."""

import errno
from collections.abc import Iterator

import torch

DISK_FULL, OUT_OF_MEMORY, INTERNAL = "disk_full", "out_of_memory", "internal"
_MEMORY_ERRNOS = frozenset({errno.ENOMEM, errno.EAGAIN})
"""EAGAIN: FFmpeg passes on the error of a decoder thread that could not be created without memory."""
_DISK_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT})
_DISK_MESSAGE = "No space left on device"
_MEMORY_MESSAGES = ("can't allocate memory", "cannot allocate memory", "bad_alloc", "can't start new thread")


def classify(error: BaseException) -> str:
    """The error code `disk_full` or `out_of_memory`, else `internal`.

    Causes and contexts count too: a base model that cannot be read without memory is not a bad base model.
    """
    for cause in _chain(error):
        if _is_out_of_memory(cause):
            return OUT_OF_MEMORY
        if _is_disk_full(cause):
            return DISK_FULL
    return INTERNAL


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _MEMORY_ERRNOS
    text = str(error).lower()  # PyTorch on a CPU, safetensors and the linker raise other classes
    return any(message in text for message in _MEMORY_MESSAGES)


def _is_disk_full(error: BaseException) -> bool:
    return (isinstance(error, OSError) and error.errno in _DISK_ERRNOS) or _DISK_MESSAGE in str(error)
