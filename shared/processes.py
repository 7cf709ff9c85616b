"""The lifetime of child processes."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""Option of prctl(2): the signal that the kernel sends to a process when its parent ends."""


def end_with_parent(with_signal: signal.Signals = signal.SIGKILL, *, parent: int | None = None) -> None:
    """Have the kernel send this process `with_signal` when the thread that started it ends, on Linux.

    On other systems the process outlives its parent. `parent` is the pid of the expected parent: if that process has
    already ended, this one receives the signal at once.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, with_signal)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), with_signal)
