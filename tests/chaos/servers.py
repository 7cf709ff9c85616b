"""The real servers of a run, into which faults are injected."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.ceph import ceph
from tests.servers.faulty import FaultyProxy, faulty_proxy
from tests.servers.postgresql import PostgresServer, postgresql
from tests.servers.redis import RedisServer, redis
from tests.servers.s3 import S3Server

MEMORY = Path("/dev/shm")


@dataclass
class Servers:
    """PostgreSQL, Redis and S3 behind a faulty proxy."""

    database: PostgresServer
    redis: RedisServer
    s3: S3Server
    proxy: FaultyProxy


@contextmanager
def new_servers() -> Generator[tuple[Servers, Path]]:
    """New servers, and a folder for the run's programs."""
    place = Path(tempfile.mkdtemp(prefix="choreo-", dir=MEMORY if MEMORY.is_dir() else None))
    place.chmod(0o711)
    folder = place / "programs"
    folder.mkdir()
    try:
        with (
            postgresql(place / "postgresql") as database,
            redis(place / "redis") as broker,
            ceph(place / "ceph") as s3,
            faulty_proxy(s3.endpoint_url) as faulty,
        ):
            yield Servers(database, broker, s3, faulty), folder
    finally:
        shutil.rmtree(place)
