"""Rules of every test (loopback only, no settings from the environment) and the real servers as fixtures."""

import gc
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import hypothesis
import psutil
import pytest

from tests import loopback
from tests.servers.programs import CEPH, POSTGRESQL, REDIS
from tests.servers.required import require

if TYPE_CHECKING:
    from tests.servers.postgresql import PostgresServer
    from tests.servers.s3 import S3Server

MEMORY = Path("/dev/shm")
SERVERS_NEED_BYTES = 2 * 2**30

loopback.enforce()
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)  # a busy machine is not a failure
hypothesis.settings.load_profile("house")
for _name in [name for name in os.environ if name.upper().startswith(("CHOREO_", "AWS_"))]:
    del os.environ[_name]
os.environ["HF_HUB_OFFLINE"] = "1"
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads of two processes that wait for each other get nowhere


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without garbage collection: what the imports define stays, and looking for garbage in it takes a third of
    the time of loading torch, transformers and diffusers."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Hand tests to processes by file, or by folder where files share servers."""
    from tests.distribution import ByFileOrFolder

    return ByFileOrFolder(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Escape what is no UTF-8 in a test's captured output, which a report to another process cannot contain."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode("utf-8")) for name, text in report.sections
    ]
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest first where several processes share the work."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        from tests.distribution import longest_first

        items[:] = longest_first(items)


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and shutil.disk_usage(folder).free > SERVERS_NEED_BYTES


def _remove_leftovers(place: Path) -> None:
    """Remove the files of killed runs."""
    for folder in place.glob("choreo-*-*"):
        pid = folder.name.split("-")[1]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    """Where servers keep their files: a short path (sockets) that an unprivileged user may enter, in memory if it fits.

    Copying a PostgreSQL database per test costs ten times less system time in memory.
    """
    place = MEMORY if _has_room(MEMORY) else Path(tempfile.gettempdir())
    _remove_leftovers(place)
    folder = Path(tempfile.mkdtemp(prefix=f"choreo-{os.getpid()}-", dir=place))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


# ---------------------------------------------------------------- databases


@pytest.fixture(scope="session")
def postgresql_server(servers_folder: Path) -> Iterator["PostgresServer"]:
    """A PostgreSQL cluster for the session."""
    require(POSTGRESQL)
    from tests.servers.postgresql import postgresql

    with postgresql(servers_folder / "postgresql") as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: "PostgresServer") -> str:
    """The name of a migrated PostgreSQL database, to copy."""
    _migrate(postgresql_server.create("template_choreo"))
    return "template_choreo"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database of this test's own."""
    path = tmp_path / "choreo.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_server: "PostgresServer", postgresql_template: str) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database of this test's own."""
    name = f"test_{token_hex(6)}"
    yield postgresql_server.create(name, template=postgresql_template)
    postgresql_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The test runs twice: on a fresh, migrated SQLite database and on a PostgreSQL one."""
    return request.getfixturevalue(f"{request.param}_url")


def _migrate(url: str) -> None:
    from services.db.migrations import upgrade
    from tests import statements

    upgrade(url)
    statements.share()


# ---------------------------------------------------------------- broker


@pytest.fixture(scope="session")
def redis_server(servers_folder: Path) -> Iterator[str]:
    """The URL of a Redis for the session."""
    require(REDIS)
    from tests.servers.redis import redis

    with redis(servers_folder / "redis") as server:
        yield server.url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The URL of an empty Redis."""
    from redis import Redis

    with Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


# ---------------------------------------------------------------- storage


@pytest.fixture(scope="session")
def s3_server(servers_folder: Path) -> Iterator["S3Server"]:
    """A real S3 server (Ceph's gateway) for the session."""
    require(CEPH)
    from tests.servers.ceph import ceph

    with ceph(servers_folder / "ceph") as server:
        yield server


@pytest.fixture
def s3_settings(s3_server: "S3Server") -> dict[str, str]:
    """The storage fields of `Settings` for an empty bucket of this test's own on a real S3 server."""
    from services.storage.s3 import make_client

    bucket = f"choreo-{token_hex(6)}"
    make_client(
        endpoint_url=s3_server.endpoint_url,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        region="us-east-1",
    ).create_bucket(Bucket=bucket)
    return s3_server.settings(bucket)
