"""The whole service with a tiny base: embedded in one process, and as the processes of production."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.platform import Platform, platform
from tests.servers.postgresql import PostgresServer
from tests.servers.s3 import S3Server
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


@pytest.fixture(scope="session")
def production(
    postgresql_server: PostgresServer,
    redis_server: str,
    s3_server: S3Server,
    tiny_base: Path,
    clip: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Platform]:
    """The programs of a deployment on PostgreSQL, Redis and S3, with short leases; workers are the tests' own."""
    places = {"database_url": postgresql_server.create("e2e"), "broker_url": redis_server, **s3_server.settings("e2e")}
    with platform(tmp_path_factory.mktemp("platform"), tiny_base, clip, places) as running:
        yield running
    postgresql_server.drop("e2e")
