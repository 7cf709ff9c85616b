"""One platform for the files of this folder, and its workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.platform import Platform, platform
from tests.e2e.production.workers import Workers
from tests.servers.postgresql import PostgresServer
from tests.servers.s3 import S3Server


@pytest.fixture(scope="package")
def production(
    postgresql_server: PostgresServer,
    redis_server: str,
    s3_server: S3Server,
    tiny_base: Path,
    clip: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Platform]:
    """The programs of a deployment on PostgreSQL, Redis and S3, with short leases; without workers."""
    places = {"database_url": postgresql_server.create("e2e"), "broker_url": redis_server, **s3_server.settings("e2e")}
    with platform(tmp_path_factory.mktemp("platform"), tiny_base, clip, places) as running:
        yield running
    postgresql_server.drop("e2e")


@pytest.fixture(scope="package")
def workers(production: Platform) -> Iterator[Workers]:
    """Its workers."""
    workers = Workers(production)
    yield workers
    workers.end()
