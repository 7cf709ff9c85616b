"""One embedded stack for the files of this folder; the last test kills and ends it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.credentials import Credentials
from tests.e2e.embedded.stack import EmbeddedStack


@pytest.fixture(scope="package")
def stack(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """The stack, running or not."""
    stack = EmbeddedStack(tmp_path_factory.mktemp("home"), tiny_base)
    yield stack
    stack.end()


@pytest.fixture(scope="module")
def credentials(stack: EmbeddedStack) -> Credentials:
    """The URL and key of the running service."""
    return stack.start()
