"""Health files of the relay, sweep and worker, and the health of their loops."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.settings import Settings
from tests.waiting import wait_until
from worker.loop import Loop
from worker.processes.health_file import STALE_SECONDS, HealthFile, ProcessHealth, read_health


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(work_dir=tmp_path)


def _file(settings: Settings, pid: int | None = None) -> Path:
    return settings.work_dir / "health" / f"relay-{socket.gethostname()}-{pid or os.getpid()}"


def test_a_process_is_healthy_until_it_reports_a_problem_or_stops_writing(settings: Settings):
    health_file = HealthFile(settings, "relay")
    health_file.write()
    name = _file(settings).name
    assert read_health(settings, "relay") == [ProcessHealth(name, None)]
    assert read_health(settings, "sweep") == []
    health_file.write("broker: unreachable")
    assert read_health(settings, "relay") == [ProcessHealth(name, "broker: unreachable")]
    health_file.write()
    long_ago = time.time() - STALE_SECONDS - 5
    os.utime(_file(settings), (long_ago, long_ago))
    problem = f"no update for {STALE_SECONDS + 5:.0f} s"
    assert read_health(settings, "relay") == [ProcessHealth(name, problem)]
    for stranger in ("relay-x", f"relay-{socket.gethostname()}-", f"relay-{socket.gethostname()}-1x"):
        (settings.work_dir / "health" / stranger).write_text("\0")
    assert read_health(settings, "relay") == [ProcessHealth(name, problem)]
    health_file.remove()
    assert read_health(settings, "relay") == []


def test_a_killed_program_is_not_running(settings: Settings):
    killed = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    killed.kill()
    killed.communicate()
    HealthFile(settings, "relay").write()
    _file(settings).rename(_file(settings, killed.pid))
    assert read_health(settings, "relay") == []


def test_a_health_file_that_cannot_be_written_is_logged(settings: Settings, caplog: pytest.LogCaptureFixture):
    (settings.work_dir / "health").write_text("a file in the place of the folder")
    HealthFile(settings, "relay").write()
    assert "the health file cannot be written" in caplog.text


def test_a_loop_is_healthy_once_an_iteration_succeeded_and_reports_an_error():
    errors = [ConnectionError("the database is unreachable")]

    def step() -> bool:
        if errors:
            raise errors[0]
        return False

    loop = Loop("sweep", step, pause=0.01)
    assert loop.problem == "no iteration has finished yet"
    loop.start()
    wait_until(lambda: loop.problem == "ConnectionError: the database is unreachable")
    errors.clear()
    wait_until(lambda: loop.problem is None)
    loop.stop()


def test_an_iteration_that_does_not_end_is_a_problem(monkeypatch: pytest.MonkeyPatch):
    loop = Loop("sweep", lambda: False, pause=0.01)
    monkeypatch.setattr(Loop, "MAX_ITERATION_SECONDS", -1.0)
    assert loop.problem is not None
    assert loop.problem.startswith("no iteration has finished for")
