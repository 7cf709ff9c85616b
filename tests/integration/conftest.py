"""The running service as a fixture."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service import Service, running


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """A running service: the test runs on SQLite and on PostgreSQL."""
    with running(database_url, tmp_path) as service:
        yield service


@pytest.fixture
def sqlite_service(sqlite_url: str, tmp_path: Path) -> Iterator[Service]:
    """A running service on SQLite, for tests to which the database is nothing."""
    with running(sqlite_url, tmp_path) as service:
        yield service
