"""A flag that a process and the children it forks see alike."""

import mmap


class SharedEvent:
    """Raised once, by a signal handler too, and seen by every process that was forked after it was made."""

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def raise_(self) -> None:
        """Raise it, for good."""
        self._byte[0] = 1

    @property
    def is_raised(self) -> bool:
        """Whether anyone has raised it."""
        return self._byte[0] == 1
