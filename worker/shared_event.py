"""An event that a process and the processes forked from it share."""

import mmap


class SharedEvent:
    """Like `threading.Event` without waiting, in memory shared with every process forked after it was made.

    It is set once and never cleared. Setting it in a signal handler is safe.
    """

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        """Set the event, in all processes that share it."""
        self._byte[0] = 1

    def is_set(self) -> bool:
        """Whether a process has set the event."""
        return self._byte[0] == 1
