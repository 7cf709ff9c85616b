"""Each program ends with a sentence and status 78 when its settings cannot work, before it takes any work."""

import importlib
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from shared.program import MISCONFIGURED, TEMPORARY, exit_after, run

if TYPE_CHECKING:
    from tests.servers.postgresql import PostgresServer

PROGRAMS = ["api", "worker", "worker.relay", "worker.sweep", "services.accounts", "services.db.migrations"]
WITH_STORAGE = ["api", "worker", "worker.sweep", "services.storage"]
NO_REDIS = "redis://127.0.0.1:1/0"


class Environment:
    """The variables of a program that would start, but for what a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, database_url: str) -> None:
        self._monkeypatch = monkeypatch
        self.set(DATABASE_URL=database_url, BROKER_URL=NO_REDIS, WORK_DIR=str(folder / "work"), HTTP_PORT="0")
        self.set(STORAGE_URL=f"directory:{folder / 'storage'}", BASE_MODELS=f'{{"base": "{folder}"}}')

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self._monkeypatch.setenv(f"CHOREO_{name}", value)

    def use_s3(self, endpoint_url: str) -> None:
        self.set(STORAGE_URL="s3://bucket", S3_ENDPOINT_URL=endpoint_url, S3_ACCESS_KEY="a", S3_SECRET_KEY="b")

    def status(self, program: str) -> int:
        """The exit status of a program, run here."""
        self._monkeypatch.setattr(sys, "argv", [program, "tenant"] if program == "services.accounts" else [program])
        main = importlib.import_module(program if program.startswith("worker.") else f"{program}.__main__").main
        with pytest.raises(SystemExit) as ended:
            run(main)
        return ended.value.code


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_url: str) -> Iterator[Environment]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield Environment(monkeypatch, tmp_path, sqlite_url)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("database", ["unwritable", "a folder", "no database", "below a file", "option", "port"])
def test_a_database_that_cannot_be_used(
    environment: Environment, tmp_path: Path, capsys: pytest.CaptureFixture[str], database: str
):
    (tmp_path / "file").write_bytes(b"x" * 1000)
    url = {
        "unwritable": "sqlite:////proc/choreo/choreo.db",
        "a folder": f"sqlite:///{tmp_path}",
        "no database": f"sqlite:///{tmp_path / 'file'}",
        "below a file": f"sqlite:///{tmp_path / 'file' / 'choreo.db'}",
        "option": "postgresql+psycopg://u:hidden@127.0.0.1:1/d?bogus=1",
        "port": "postgresql+psycopg://u:hidden@127.0.0.1:port/d",
    }[database]
    environment.set(DATABASE_URL=url)
    assert {program: environment.status(program) for program in PROGRAMS} == dict.fromkeys(PROGRAMS, MISCONFIGURED)
    assert "hidden" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"database": "nowhere"}, MISCONFIGURED),
        ({"username": "unknown"}, MISCONFIGURED),
        ({"port": 99_999}, MISCONFIGURED),
        ({"port": 1}, TEMPORARY),
    ],
)
def test_a_server_that_refuses_is_told_from_one_that_does_not_answer(
    environment: Environment, postgresql_server: "PostgresServer", wrong: dict[str, str], status: int
):
    url = make_url(postgresql_server.create(f"choreo_{token_hex(4)}")).set(**wrong)
    environment.set(DATABASE_URL=url.render_as_string(hide_password=False))
    for program in ("services.db.migrations", "worker.relay"):
        assert environment.status(program) == status


@contextmanager
def store_that_answers(status: int) -> Iterator[str]:
    """The URL of a server that answers every request with this status and no body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_PUT = do_POST = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("answer", [200, 301, 400, 403, 405, 501])
def test_a_store_whose_answers_make_no_sense(environment: Environment, capsys: pytest.CaptureFixture[str], answer: int):
    with store_that_answers(answer) as url:
        environment.use_s3(url)
        found = {program: environment.status(program) for program in WITH_STORAGE}
    assert found == dict.fromkeys(WITH_STORAGE, MISCONFIGURED)
    assert len(capsys.readouterr().err.splitlines()) == len(WITH_STORAGE)


@pytest.mark.parametrize(
    ("variable", "value", "programs"),
    [
        ("STORAGE_URL", "directory:/proc/choreo", WITH_STORAGE),
        ("WORK_DIR", "/proc/choreo", ["api", "worker", "worker.relay", "worker.sweep"]),
        ("BASE_MODELS", '{"base": "/proc/choreo"}', ["worker"]),
        ("CLIP_MODEL", "/proc/choreo", ["worker"]),
        ("HTTP_HOST", "a..b", ["api"]),
        ("BROKER_URL", "nonsense", [*PROGRAMS, "services.storage"]),
    ],
)
def test_what_is_wrong_is_named(
    environment: Environment, capsys: pytest.CaptureFixture[str], variable: str, value: str, programs: list[str]
):
    environment.set(**{variable: value})
    for program in programs:
        assert environment.status(program) == MISCONFIGURED
        assert f"CHOREO_{variable}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [(["--data-dir", "/proc/choreo"], {}), (["--port", "0"], {"LEASE_SECONDS": "nan"})],
)
def test_the_embedded_service(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    variables: dict[str, str],
):
    main = importlib.import_module("deploy.embedded.__main__").main
    handlers = {number: partial(signal.signal, number, signal.getsignal(number)) for number in (2, 15)}
    monkeypatch.setattr(sys, "argv", ["embedded", "--data-dir", str(tmp_path / "data"), *arguments])
    monkeypatch.setattr("os.umask", lambda mask: mask)
    for name, value in variables.items():
        monkeypatch.setenv(f"CHOREO_{name}", value)
    with pytest.raises(SystemExit) as ended:
        exit_after(main)
    for restore in handlers.values():
        restore()
    assert ended.value.code == MISCONFIGURED
    assert len(capsys.readouterr().err.splitlines()) == 1
