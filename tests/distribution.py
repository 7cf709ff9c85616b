"""How pytest-xdist hands tests to its processes: by file, or by folder where the files of a folder share servers."""

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/e2e/embedded/", "tests/e2e/production/")
"""Folders whose tests run in one process."""
LONGEST = ("tests/e2e/production/", "tests/e2e/embedded/", "tests/chaos/", "tests/e2e/", "tests/motion/test_engine.py")
"""What starts first, so that no process is left alone with it at the end."""


class ByFileOrFolder(LoadScopeScheduling):
    """A file is a unit of work, and so is each folder of `TOGETHER`."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests of `LONGEST` in its order, then all others as they were."""

    def rank(item: pytest.Item) -> int:
        return next((n for n, prefix in enumerate(LONGEST) if item.nodeid.startswith(prefix)), len(LONGEST))

    return sorted(items, key=rank)
