"""Redis, the broker of everything but the embedded profile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.servers.process import ServerProcess, free_port
from tests.servers.programs import path_of


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Run a Redis on loopback below `folder`; yields its URL."""
    folder.mkdir()
    port = free_port()
    argv = [path_of("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    process = ServerProcess(argv, log=folder / "redis.log")
    url = f"redis://127.0.0.1:{port}/0"
    try:
        process.wait_ready(lambda: _answers(url))
        yield url
    finally:
        process.stop()


def _answers(url: str) -> bool:
    with Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except RedisConnectionError:
            return False
