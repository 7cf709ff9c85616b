"""Stopping an engine: checkpoint first on the handover of a training, then cancel, then the end of the process."""

from pathlib import Path

import pytest

from shared.schemas.job import JobKind
from tests.worker_setup import ScriptedEngine
from worker.attempt.stopping import END_SECONDS, EngineStopper, Stopped, StopReason


@pytest.fixture
def engine(tmp_path: Path) -> ScriptedEngine:
    return ScriptedEngine(tmp_path)


def test_the_handover_of_a_training_asks_for_a_checkpoint_and_cancels_once_it_is_stored(engine: ScriptedEngine):
    stopper = EngineStopper(StopReason.HANDOVER, engine, "training", grace_seconds=60)
    assert engine.commands == ["checkpoint"]
    stopper.cancel()
    stopper.cancel()
    assert engine.commands == ["checkpoint", "cancel"]


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (StopReason.CANCELED, "training"),
        (StopReason.DEADLINE, "training"),
        (StopReason.FENCED, "training"),
        (StopReason.HANDOVER, "generation"),
        (StopReason.HANDOVER, "evaluation"),
    ],
)
def test_any_other_stop_cancels_at_once(engine: ScriptedEngine, reason: StopReason, kind: JobKind):
    stopper = EngineStopper(reason, engine, kind, grace_seconds=60)
    stopper.cancel()
    assert engine.commands == ["cancel"]


def test_within_the_grace_period_the_process_continues(engine: ScriptedEngine):
    EngineStopper(StopReason.CANCELED, engine, "training", grace_seconds=60).enforce()
    assert engine.commands == ["cancel"]


@pytest.mark.parametrize(("grace", "end"), [(2.0, 2.0), (60.0, END_SECONDS)])
def test_after_the_grace_period_the_process_is_ended(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch, grace: float, end: float
):
    now = 1000.0
    monkeypatch.setattr("worker.attempt.stopping.time.monotonic", lambda: now)
    stopper = EngineStopper(StopReason.DEADLINE, engine, "training", grace_seconds=grace)
    now += grace
    with pytest.raises(Stopped) as stopped:
        stopper.enforce()
    assert stopped.value.reason is StopReason.DEADLINE
    assert engine.commands == ["cancel", f"stop within {end:g} s"]
