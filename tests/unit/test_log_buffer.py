"""The buffer of an attempt's log, also while the database is unreachable."""

from collections.abc import Sequence

from sqlalchemy.exc import DataError, OperationalError

from services.jobs.state.logs import LogEntry, MetricSample
from services.motion.engine.messages import ProgressEvent
from shared.clock import FrozenClock
from worker.attempt.log_buffer import MAX_LINE_LENGTH, LogBuffer


class LogTable:
    """Collects what is written, unless it is unreachable."""

    def __init__(self) -> None:
        self.lines: list[LogEntry] = []
        self.points: list[MetricSample] = []
        self.is_unreachable = self.refuses = False

    def write(self, lines: Sequence[LogEntry], points: Sequence[MetricSample]) -> None:
        if self.is_unreachable:
            raise OperationalError("INSERT", {}, OSError("the database is unreachable"))
        if self.refuses:
            raise DataError("INSERT", {}, ValueError("a NUL"))
        self.lines += lines
        self.points += points


def step(number: int, num_steps: int, phase: str = "training") -> ProgressEvent:
    fields = {"job_id": "job_1", "phase": phase, "step": number, "total_steps": num_steps, "fraction": 0.5}
    return ProgressEvent.model_validate(fields | {"loss": 0.25})


def test_phases_are_lines_and_steps_are_points():
    table = LogTable()
    buffer = LogBuffer(table.write, FrozenClock(), interval_seconds=3600)
    buffer.add_step(step(1, 1, "loading"))
    for number in (1, 2, 3):
        buffer.add_step(step(number, 3))
    buffer.flush_if_due()
    assert table.lines == []
    buffer.flush()
    assert [line.message for line in table.lines] == ["loading: step 1 of 1", "training: step 1 of 3"]
    assert [(point.phase, point.step) for point in table.points] == [
        ("loading", 1), ("training", 1), ("training", 2), ("training", 3)
    ]  # fmt: skip
    assert {point.loss for point in table.points} == {0.25}


def test_a_long_phase_is_thinned():
    table = LogTable()
    buffer = LogBuffer(table.write, FrozenClock(), interval_seconds=0)
    for number in range(1, 5001):
        buffer.add_step(step(number, 5000))
    buffer.flush_if_due()
    assert [point.step for point in table.points] == [1, *range(5, 5001, 5)]


def test_lines_of_the_engine_are_added():
    table, lines = LogTable(), [["engine: loading"], [], ["engine: loaded"]]
    buffer = LogBuffer(table.write, FrozenClock(), interval_seconds=0, read_engine_log=lambda: lines.pop(0))
    for _ in range(3):
        buffer.flush()
    assert [line.message for line in table.lines] == ["engine: loading", "engine: loaded"]


def test_lines_are_written_once_after_the_database_was_unreachable():
    table = LogTable()
    buffer = LogBuffer(table.write, FrozenClock(), interval_seconds=0)
    table.is_unreachable = True
    buffer.add_line("before")
    buffer.flush()
    table.is_unreachable = False
    buffer.add_line("after")
    buffer.flush()
    buffer.flush()
    assert [line.message for line in table.lines] == ["before", "after"]


def test_a_poisoned_line_is_cleaned_and_what_the_database_refuses_is_dropped():
    table = LogTable()
    buffer = LogBuffer(table.write, FrozenClock(), interval_seconds=0)
    buffer.add_line("a\0b\x1b[2J\udc80\u202e" + "x" * 10_000)
    buffer.flush()
    assert table.lines[0].message.startswith("a\ufffdb\ufffd[2J\ufffd\ufffdx")
    assert len(table.lines[0].message) == MAX_LINE_LENGTH
    table.refuses = True
    buffer.add_line("refused")
    buffer.flush()
    table.refuses = False
    buffer.add_line("after")
    buffer.flush()
    messages = [line.message for line in table.lines[1:]]
    assert messages == ["1 lines and 0 points of this log could not be stored", "after"]
