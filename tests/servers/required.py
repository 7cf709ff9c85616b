"""Requirements of tests."""

import os

import pytest

from tests.servers.programs import Server


def require(*servers: Server) -> None:
    """Skip at home, fail in CI, when a server is not installed."""
    for server in servers:
        missing = server.missing()
        if not missing:
            continue
        reason = f"{server.name} is not installed: no {', '.join(missing)}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
