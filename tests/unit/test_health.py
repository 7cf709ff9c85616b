"""What the programs beside the API say about themselves."""

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
from worker.processes.health_file import SILENCE_SECONDS, HealthFile, Report, reports


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(work_dir=tmp_path)


def _file(settings: Settings, pid: int | None = None) -> Path:
    return settings.work_dir / "health" / f"relay-{socket.gethostname()}-{pid or os.getpid()}"


def test_a_program_is_well_until_it_says_otherwise_or_nothing(settings: Settings):
    health_file = HealthFile(settings, "relay")
    health_file.say()
    me = _file(settings).name
    assert reports(settings, "relay") == [Report(me, None)]
    assert reports(settings, "sweep") == []
    health_file.say("broker: away")
    assert reports(settings, "relay") == [Report(me, "broker: away")]
    health_file.say()
    long_ago = time.time() - SILENCE_SECONDS - 5
    os.utime(_file(settings), (long_ago, long_ago))
    assert [report.trouble for report in reports(settings, "relay")] == [f"silent for {SILENCE_SECONDS + 5:.0f} s"]
    health_file.end()
    assert reports(settings, "relay") == []


def test_a_killed_program_is_not_running(settings: Settings):
    killed = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    killed.kill()
    killed.communicate()
    HealthFile(settings, "relay").say()
    _file(settings).rename(_file(settings, killed.pid))
    assert reports(settings, "relay") == []


def test_a_program_that_cannot_write_is_silent_and_goes_on(settings: Settings, caplog: pytest.LogCaptureFixture):
    (settings.work_dir / "health").write_text("a file where the folder would be")
    HealthFile(settings, "relay").say()
    assert "its health cannot be written" in caplog.text


def test_a_loop_is_well_once_a_round_went_well_and_tells_why_one_did_not():
    away = [ConnectionError("the database is away")]

    def step() -> bool:
        if away:
            raise away[0]
        return False

    loop = Loop("sweep", step, pause=0.01)
    assert loop.trouble == "no round has ended yet"
    loop.start()
    wait_until(lambda: loop.trouble == "ConnectionError: the database is away")
    away.clear()
    wait_until(lambda: loop.trouble is None)
    loop.stop()


def test_a_round_that_does_not_end_is_trouble(monkeypatch: pytest.MonkeyPatch):
    loop = Loop("sweep", lambda: False, pause=0.01)
    monkeypatch.setattr(Loop, "LONGEST_ROUND", -1.0)
    assert loop.trouble is not None
    assert loop.trouble.startswith("no round has ended for")
