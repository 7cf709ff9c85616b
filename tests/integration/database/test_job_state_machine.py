"""Whatever happens in whatever order, and two at a time: one count of changes, one end, one version, one owner."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete

from services.db.sessions import Database, open_database
from services.db.tables import JobRow, VersionRow
from services.jobs.lifecycle.attempts import WORKER_STOPPED
from services.jobs.scheduling.backoff import Backoff
from services.jobs.state.transitions import IllegalTransition
from services.jobs.state.types import ClaimedJob
from shared.errors import Fenced, JobFinished
from shared.schemas.job import JobState
from tests.job_setup import BAD_CLIP, CRASH, LEASE, TRAININGS, JobSetup

WRITES = ["beat", "finish", "crash", "give_up", "release", "confirm"]
REFUSALS = (Fenced, IllegalTransition, JobFinished)
OPENED: list[Database] = []
"""The database of the test that runs: Hypothesis makes the machines, so they cannot be given one."""


class Nobody(Exception):
    """No worker has claimed the job yet."""


def _nobody() -> None:
    raise Nobody


class Life(RuleBasedStateMachine):
    """One training with workers that come, die and come back; whoever ever claimed it keeps trying to write."""

    @initialize()
    def submit(self) -> None:
        self.record = JobSetup(OPENED[-1])
        self.record.backoff = Backoff(rng=Random(0))
        self.id = self.record.train().id
        self.workers: list[ClaimedJob] = []
        self.ended: JobState | None = None

    @rule()
    def claim(self) -> None:
        was = self.record.resource(self.id)
        job = self.record.claim(TRAININGS)
        is_due = was.not_before is None or was.not_before <= self.record.clock.now()
        assert (job is not None) == (was.state is JobState.QUEUED and is_due)
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

    @rule(data=st.data(), both=st.tuples(*[st.sampled_from([*WRITES, "claim", "cancel", "sweep"])] * 2))
    def race(self, data: st.DataObject, both: tuple[str, str]) -> None:
        """Two connections at once, each with a transaction of its own: whoever comes second sees what the first did."""
        was = self.record.resource(self.id)
        acts = [self._act(name, data) for name in both]
        start = Barrier(len(acts))
        with ThreadPoolExecutor(len(acts)) as pool:
            outcomes = list(pool.map(lambda act: self._attempt(act, start), acts))
        done = [(name, result) for name, (is_done, result) in zip(both, outcomes, strict=True) if is_done]
        claimed = [job for name, job in done if name == "claim" and job is not None]
        self.workers += claimed
        assert len(claimed) <= 1
        ends = [name for name, _ in done if name in ("finish", "give_up", "confirm")]
        assert len(ends) <= (0 if was.state.is_terminal else 1)

    def _act(self, name: str, data: st.DataObject) -> Callable[[], object]:
        if name == "claim":
            return lambda: self.record.claim(TRAININGS)
        if name == "cancel":
            return lambda: self.record.cancel(self.id)
        if name == "sweep":
            return self.record.reap
        if not self.workers:
            return _nobody
        worker = data.draw(st.sampled_from(self.workers), label="worker")
        return lambda: self._write(worker, name)

    @staticmethod
    def _attempt(act: Callable[[], object], start: Barrier) -> tuple[bool, object]:
        start.wait()
        try:
            return True, act()
        except (*REFUSALS, Nobody):
            return False, None

    @rule(data=st.data(), write=st.sampled_from(WRITES))
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
            "release": lambda: self.record.release(worker),
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
        bad = [one.error for one in job.attempts if one.outcome in ("failed", "lost")]
        assert sum(error is None or error.code != WORKER_STOPPED.code for error in bad) <= 3
        assert self.ended in (None, job.state)
        self.ended = job.state if job.state.is_terminal else None
        assert (job.finished_at is not None) == job.state.is_terminal
        with self.record.db.read() as session:
            made = session.get(VersionRow, (self.record.concept, 1))
        assert (made is not None) == (job.state is JobState.SUCCEEDED)

    def teardown(self) -> None:
        if hasattr(self, "record"):
            with self.record.db.write() as session:  # nobody's next claim may find it
                session.execute(delete(JobRow).where(JobRow.id == self.id))


@pytest.fixture
def opened(database_url: str) -> Iterator[None]:
    OPENED.append(open_database(database_url))
    yield
    OPENED.pop().close()


@pytest.mark.usefixtures("opened")
def test_a_life():
    lives = settings(max_examples=20, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Life, settings=lives)
