"""Redis, the broker of everything but the embedded profile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.servers.process import ServerProcess, free_port
from tests.servers.programs import path_of


class RedisServer:
    """A running Redis without persistence."""

    def __init__(self, url: str, process: ServerProcess) -> None:
        self.url, self.process = url, process

    def flush(self) -> None:
        """Delete all keys."""
        with Redis.from_url(self.url) as client:
            client.flushall()

    def start_again(self) -> None:
        """Start it again after its process was stopped; returns once it answers."""
        self.process.start_again()
        self.process.wait_ready(lambda: _answers(self.url))


@contextmanager
def redis(folder: Path) -> Iterator[RedisServer]:
    """Run a Redis on loopback below `folder`."""
    folder.mkdir()
    port = free_port()
    argv = [path_of("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    process = ServerProcess(argv, log=folder / "redis.log")
    url = f"redis://127.0.0.1:{port}/0"
    try:
        process.wait_ready(lambda: _answers(url))
        yield RedisServer(url, process)
    finally:
        process.stop()


def _answers(url: str) -> bool:
    with Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except RedisConnectionError:
            return False
