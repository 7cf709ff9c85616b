"""What an attempt writes down beside its progress, and what becomes of it while the record is away."""

from collections.abc import Sequence

from sqlalchemy.exc import OperationalError

from services.jobs.state.logs import LogEntry, MetricSample
from services.motion.engine.messages import ProgressEvent
from shared.clock import FrozenClock
from worker.attempt.log_buffer import Journal


class JobSetup:
    """Takes what it is given, unless it is away."""

    def __init__(self) -> None:
        self.lines: list[LogEntry] = []
        self.points: list[MetricSample] = []
        self.is_disconnect = False

    def __call__(self, lines: Sequence[LogEntry], points: Sequence[MetricSample]) -> None:
        if self.is_disconnect:
            raise OperationalError("INSERT", {}, OSError("the database is away"))
        self.lines += lines
        self.points += points


def step(number: int, num_steps: int, phase: str = "training") -> ProgressEvent:
    fields = {"job_id": "job_1", "phase": phase, "step": number, "total_steps": num_steps, "fraction": 0.5}
    return ProgressEvent.model_validate(fields | {"loss": 0.25})


def test_phases_are_lines_and_steps_are_points():
    record = JobSetup()
    journal = Journal(record, FrozenClock(), every=3600)
    journal.step(step(1, 1, "loading"))
    for number in (1, 2, 3):
        journal.step(step(number, 3))
    journal.write_when_due()
    assert record.lines == []
    journal.write()
    assert [line.message for line in record.lines] == ["loading: step 1 of 1", "training: step 1 of 3"]
    assert [(point.phase, point.step) for point in record.points] == [
        ("loading", 1), ("training", 1), ("training", 2), ("training", 3)
    ]  # fmt: skip
    assert {point.loss for point in record.points} == {0.25}


def test_a_long_phase_is_thinned():
    record = JobSetup()
    journal = Journal(record, FrozenClock(), every=0)
    for number in range(1, 5001):
        journal.step(step(number, 5000))
    journal.write_when_due()
    assert [point.step for point in record.points] == [1, *range(5, 5001, 5)]


def test_what_others_say_is_written_down_too():
    record, said = JobSetup(), [["engine: warming up"], [], ["engine: so far, so good"]]
    journal = Journal(record, FrozenClock(), every=0, listen=lambda: said.pop(0))
    for _ in range(3):
        journal.write()
    assert [line.message for line in record.lines] == ["engine: warming up", "engine: so far, so good"]


def test_a_record_that_is_away_gets_it_later_and_once():
    record = JobSetup()
    journal = Journal(record, FrozenClock(), every=0)
    record.is_disconnect = True
    journal.say("before")
    journal.write()
    record.is_disconnect = False
    journal.say("after")
    journal.write()
    journal.write()
    assert [line.message for line in record.lines] == ["before", "after"]
