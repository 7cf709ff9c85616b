"""The programs of the servers, their paths, and their Debian packages."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Server(NamedTuple):
    """A server that tests need: its programs and the Debian packages that carry them."""

    name: str
    programs: tuple[str, ...]
    packages: tuple[str, ...]

    def missing(self) -> list[str]:
        """The programs that are not to be found."""
        return [program for program in self.programs if find(program) is None]


POSTGRESQL = Server("PostgreSQL", ("initdb", "postgres"), ("postgresql",))
REDIS = Server("Redis", ("redis-server",), ("redis-server",))
CEPH = Server(
    "Ceph RGW (S3)",
    ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin"),
    ("ceph-mon", "ceph-osd", "radosgw", "ceph-common"),
)
FAKETIME = Server("libfaketime", ("faketime",), ("faketime",))
CHROMIUM = Server("Chromium", ("chromium",), ("chromium",))
SERVERS = (POSTGRESQL, REDIS, CEPH, FAKETIME, CHROMIUM)


class MissingProgram(LookupError):
    """A server's program is neither on PATH nor where Debian or Homebrew put it."""


def find(program: str) -> Path | None:
    """The newest installed `program`: from PATH, else from where packages keep servers out of PATH."""
    on_path = shutil.which(program)
    if on_path:
        return Path(on_path)
    hidden = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql*/bin"),
        Path("/usr/sbin"),
    ]
    found = [folder / program for folder in hidden if os.access(folder / program, os.X_OK)]
    return max(found, key=_version, default=None)


def path_of(program: str) -> str:
    """The path of `program`; raises `MissingProgram`."""
    found = find(program)
    if found is None:
        raise MissingProgram(program)
    return str(found)


def can_install() -> bool:
    """Whether this is root on a Debian-like machine."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install(servers: Sequence[Server]) -> None:
    """Install what `servers` lack by apt-get, leaving the services of their own packages stopped."""
    packages = [package for server in servers for package in server.packages]
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # runlevel 1 keeps dpkg from starting daemons
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "-qq", *command], check=True, env=os.environ | quiet, stdout=subprocess.DEVNULL)


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.parts if part.isdigit())
