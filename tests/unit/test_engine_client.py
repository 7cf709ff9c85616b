"""The worker's side of the engine process, with a program in the engine's place."""

import sys
from pathlib import Path

import pytest

from services.motion.engine.client import Engine, EngineDied


@pytest.mark.skipif(sys.platform != "linux", reason="the program finds its pipe below /proc")
@pytest.mark.parametrize(
    "event", [r"{\"event\": \"sculpture\"}", r"{", r"\377", r"{\"event\": \"ready\", \"pid\": 1e999}"]
)
def test_an_engine_whose_event_cannot_be_read_is_ended(
    event: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "engine"
    program.write_text(f'#!/bin/sh\nprintf "{event}\\n" > /proc/self/fd/$4\nexec sleep 60\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    engine = Engine(log_path=tmp_path / "engine.log")
    engine.start()
    with pytest.raises(EngineDied):
        engine.next_event(30)
    assert not engine.alive
