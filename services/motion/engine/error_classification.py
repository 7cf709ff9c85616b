"""What the machine may lack: names for the errors in which libraries say it, each in its own way."""

import errno
from collections.abc import Iterator

import torch

DISK_FULL, OUT_OF_MEMORY, INTERNAL = "disk_full", "out_of_memory", "internal"
_NO_MEMORY = frozenset({errno.ENOMEM, errno.EAGAIN})
"""A decoder that gets no thread for want of memory is told to try again, and FFmpeg passes that on."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SAYS_FULL = "No space left on device"
_SAYS_NO_MEMORY = ("can't allocate memory", "cannot allocate memory", "bad_alloc", "can't start new thread")


def code_of(error: BaseException) -> str:
    """`disk_full`, `out_of_memory`, or `internal` for what has no name.

    What an error was raised from counts: a base that cannot be read for want of memory is not a bad base.
    """
    for one in _chain(error):
        if _wants_memory(one):
            return OUT_OF_MEMORY
        if _wants_space(one):
            return DISK_FULL
    return INTERNAL


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _wants_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _NO_MEMORY
    text = str(error).lower()  # PyTorch on a CPU raises a plain RuntimeError, safetensors and the linker their own
    return any(words in text for words in _SAYS_NO_MEMORY)


def _wants_space(error: BaseException) -> bool:
    return (isinstance(error, OSError) and error.errno in _FULL) or _SAYS_FULL in str(error)
