"""The two S3 servers: Ceph's gateway, and moto, which needs only Python."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.servers.process import ServerProcess, accepts, free_port


class S3Server(NamedTuple):
    """The address and credentials of an S3 server. `checks_access` is false where any signature is accepted."""

    endpoint_url: str
    access_key: str
    secret_key: str
    checks_access: bool

    def settings(self, bucket: str) -> dict[str, str]:
        """The storage fields of `shared.settings.Settings` for a bucket of this server."""
        return {
            "storage_url": f"s3://{bucket}",
            "s3_endpoint_url": self.endpoint_url,
            "s3_access_key": self.access_key,
            "s3_secret_key": self.secret_key,
        }


@contextmanager
def moto(folder: Path) -> Iterator[S3Server]:
    """Run moto in a process of its own: no authentication, no expiry, no persistence."""
    folder.mkdir()
    port = free_port()
    argv = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = ServerProcess(argv, log=folder / "moto.log")
    try:
        process.wait_ready(lambda: accepts(port))
        yield S3Server(f"http://127.0.0.1:{port}", "moto", "moto", checks_access=False)
    finally:
        process.stop()
