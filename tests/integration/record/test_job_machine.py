"""Whatever happens in whatever order: one count of changes, one terminal state, one version, one owner."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.db.sessions import open_database
from services.db.tables import VersionRow
from services.jobs.states import IllegalTransition
from services.jobs.values import ClaimedJob
from shared.errors import Fenced, JobFinished
from shared.schemas.job import JobState
from tests.record import BAD_CLIP, CRASH, LEASE, TRAININGS, Record

TEMPLATE: dict[str, Path] = {}


class Life(RuleBasedStateMachine):
    """One training with workers that come, die and come back; whoever ever claimed it keeps trying to write."""

    @initialize()
    def submit(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(TEMPLATE["sqlite"], self.folder / "choreo.db")
        self.record = Record(open_database(f"sqlite:///{self.folder / 'choreo.db'}"))
        self.id = self.record.train().id
        self.workers: list[ClaimedJob] = []
        self.ended: JobState | None = None

    @rule()
    def claim(self) -> None:
        was = self.record.resource(self.id)
        job = self.record.claim(TRAININGS)
        assert (job is not None) == (was.state is JobState.QUEUED)
        if job:
            assert job.attempt == was.attempt + 1
            self.workers.append(job)

    @rule(seconds=st.sampled_from([1, LEASE / 2, LEASE + 1]))
    def wait(self, seconds: float) -> None:
        self.record.later(seconds)

    @rule()
    def sweep(self) -> None:
        self.record.reap()

    @rule()
    def cancel(self) -> None:
        try:
            self.record.cancel(self.id)
        except JobFinished:
            assert self.ended in (JobState.SUCCEEDED, JobState.FAILED)

    @rule(data=st.data(), write=st.sampled_from(["beat", "finish", "crash", "give_up", "confirm"]))
    def write(self, data: st.DataObject, write: str) -> None:
        if not self.workers:
            return
        worker = data.draw(st.sampled_from(self.workers), label="worker")
        was = self.record.resource(self.id)
        owns = was.attempt == worker.attempt and was.state in (JobState.RUNNING, JobState.CANCELING)
        try:
            self._write(worker, write)
        except Fenced:
            assert not owns
            now = self.record.resource(self.id)
            assert (now.state, now.state_seq) == (was.state, was.state_seq)
            before = len(was.attempts[worker.attempt - 1].refused_writes)
            assert len(now.attempts[worker.attempt - 1].refused_writes) == before + 1
        except IllegalTransition:
            assert (write, was.state) == ("confirm", JobState.RUNNING)
        else:
            assert owns

    def _write(self, worker: ClaimedJob, write: str) -> None:
        actions = {
            "beat": lambda: self.record.beat(worker),
            "finish": lambda: self.record.finish(worker),
            "crash": lambda: self.record.fail(worker, CRASH),
            "give_up": lambda: self.record.fail(worker, BAD_CLIP),
            "confirm": lambda: self.record.confirm_canceled(worker),
        }
        actions[write]()

    @invariant()
    def the_record_is_consistent(self) -> None:
        job = self.record.resource(self.id)
        assert [event.state_seq for event in self.record.events(self.id)] == list(range(1, job.state_seq + 1))
        assert self.record.events(self.id)[-1].data["state"] == job.state
        assert [one.number for one in job.attempts] == list(range(1, job.attempt + 1))
        running = [one.number for one in job.attempts if one.outcome == "running"]
        assert running == ([job.attempt] if job.state in (JobState.RUNNING, JobState.CANCELING) else [])
        assert job.attempt <= 3
        assert self.ended in (None, job.state)
        self.ended = job.state if job.state.is_terminal else None
        assert (job.finished_at is not None) == job.state.is_terminal
        with self.record.db.read() as session:
            made = session.get(VersionRow, (self.record.concept, 1))
        assert (made is not None) == (job.state is JobState.SUCCEEDED)

    def teardown(self) -> None:
        if hasattr(self, "record"):
            self.record.db.close()
            shutil.rmtree(self.folder)


@pytest.fixture(autouse=True)
def template(sqlite_template: Path) -> None:
    TEMPLATE["sqlite"] = sqlite_template


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=25, stateful_step_count=25, suppress_health_check=list(HealthCheck))
