"""The demo's progress line and its time left, without a terminal."""

import io

import pytest
from rich.console import Console

from deploy.demo import progress
from deploy.demo.progress import OverallProgress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that `time.monotonic` says, in a list of one."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def _overall(total: float) -> OverallProgress:
    return OverallProgress(Console(file=io.StringIO()), total)


def test_the_first_estimate_is_the_plan(clock: list[float]):
    overall = _overall(100.0)
    overall.begin("training", 80.0)
    assert overall.seconds_left() == pytest.approx(100.0)


def test_a_machine_of_half_the_speed_needs_more_time(clock: list[float]):
    overall = _overall(1000.0)
    overall.begin("training", 800.0)
    clock[0] = 1200.0
    overall.update(0.75)
    assert overall.seconds_left() == pytest.approx(400 * 1220 / 620)


def test_work_of_an_earlier_run_says_nothing_about_the_speed(clock: list[float]):
    overall = _overall(100.0)
    overall.begin("training", 60.0)
    overall.skip()
    overall.begin("generating", 40.0)
    clock[0] = 1.0
    assert overall.seconds_left() == pytest.approx(40.0 * 21 / 20)


def test_without_a_terminal_each_tenth_is_a_line(clock: list[float], capsys: pytest.CaptureFixture[str]):
    with _overall(100.0) as overall:
        overall.begin("training", 50.0)
        for percent in range(101):
            overall.update(percent / 100, f"step {percent} of 100")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["0%", "10%", "20%", "30%", "40%", "50%"]
    assert lines[1].endswith("training, step 20 of 100")
    assert "left" in lines[0]
