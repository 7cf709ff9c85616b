"""The whole service with a tiny base: embedded in one process, and as the processes of production."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.platform import Platform, platform
from tests.servers.postgresql import PostgresServer
from tests.tiny_base import write_tiny_base
from tests.videos import write_video


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a base model that trains in moments."""
    return write_tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reference clip."""
    return write_video(tmp_path_factory.mktemp("clips") / "clip.mp4", width=64, height=64)


@pytest.fixture(scope="module")
def production(
    postgresql_server: PostgresServer,
    postgresql_template: str,
    redis_server: str,
    tiny_base: Path,
    clip: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Platform]:
    """PostgreSQL, Redis, the HTTP service, a relay and a sweep, with short leases; workers are the tests' own."""
    database_url = postgresql_server.create("e2e", template=postgresql_template)
    with platform(tmp_path_factory.mktemp("platform"), database_url, redis_server, tiny_base, clip) as running:
        yield running
    postgresql_server.drop("e2e")
