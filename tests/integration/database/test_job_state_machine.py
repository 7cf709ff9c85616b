"""Random operations in random order, two at a time: one sequence of changes, one end, one version, one owner."""

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


class NotClaimed(Exception):
    """No worker has claimed the job yet."""


def _not_claimed() -> None:
    raise NotClaimed


class JobLifecycle(RuleBasedStateMachine):
    """One training with workers that claim it, die and return; every former owner keeps trying to write."""

    @initialize()
    def submit(self) -> None:
        self.job_setup = JobSetup(OPENED[-1])
        self.job_setup.backoff = Backoff(rng=Random(0))
        self.id = self.job_setup.train().id
        self.workers: list[ClaimedJob] = []
        self.ended: JobState | None = None

    @rule()
    def claim(self) -> None:
        was = self.job_setup.resource(self.id)
        job = self.job_setup.claim(TRAININGS)
        is_due = was.not_before is None or was.not_before <= self.job_setup.clock.now()
        assert (job is not None) == (was.state is JobState.QUEUED and is_due)
        if job:
            assert job.attempt == was.attempt + 1
            self.workers.append(job)

    @rule(seconds=st.sampled_from([1, LEASE / 2, LEASE + 1]))
    def wait(self, seconds: float) -> None:
        self.job_setup.later(seconds)

    @rule()
    def sweep(self) -> None:
        self.job_setup.reap()

    @rule()
    def cancel(self) -> None:
        try:
            self.job_setup.cancel(self.id)
        except JobFinished:
            assert self.ended in (JobState.SUCCEEDED, JobState.FAILED)

    @rule(data=st.data(), both=st.tuples(*[st.sampled_from([*WRITES, "claim", "cancel", "sweep"])] * 2))
    def race(self, data: st.DataObject, both: tuple[str, str]) -> None:
        """Two concurrent transactions: the second sees the changes of the first."""
        was = self.job_setup.resource(self.id)
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
            return lambda: self.job_setup.claim(TRAININGS)
        if name == "cancel":
            return lambda: self.job_setup.cancel(self.id)
        if name == "sweep":
            return self.job_setup.reap
        if not self.workers:
            return _not_claimed
        worker = data.draw(st.sampled_from(self.workers), label="worker")
        return lambda: self._write(worker, name)

    @staticmethod
    def _attempt(act: Callable[[], object], start: Barrier) -> tuple[bool, object]:
        start.wait()
        try:
            return True, act()
        except (*REFUSALS, NotClaimed):
            return False, None

    @rule(data=st.data(), write=st.sampled_from(WRITES))
    def write(self, data: st.DataObject, write: str) -> None:
        if not self.workers:
            return
        worker = data.draw(st.sampled_from(self.workers), label="worker")
        was = self.job_setup.resource(self.id)
        owns = was.attempt == worker.attempt and was.state in (JobState.RUNNING, JobState.CANCELING)
        try:
            self._write(worker, write)
        except Fenced:
            assert not owns
            now = self.job_setup.resource(self.id)
            assert (now.state, now.state_seq) == (was.state, was.state_seq)
            before = len(was.attempts[worker.attempt - 1].refused_writes)
            assert len(now.attempts[worker.attempt - 1].refused_writes) == before + 1
        except IllegalTransition:
            assert (write, was.state) == ("confirm", JobState.RUNNING)
        else:
            assert owns

    def _write(self, worker: ClaimedJob, write: str) -> None:
        actions = {
            "beat": lambda: self.job_setup.beat(worker),
            "finish": lambda: self.job_setup.finish(worker),
            "crash": lambda: self.job_setup.fail(worker, CRASH),
            "give_up": lambda: self.job_setup.fail(worker, BAD_CLIP),
            "release": lambda: self.job_setup.release(worker),
            "confirm": lambda: self.job_setup.confirm_canceled(worker),
        }
        actions[write]()

    @invariant()
    def the_job_is_consistent(self) -> None:
        job = self.job_setup.resource(self.id)
        assert [event.state_seq for event in self.job_setup.events(self.id)] == list(range(1, job.state_seq + 1))
        assert self.job_setup.events(self.id)[-1].data["state"] == job.state
        assert [one.number for one in job.attempts] == list(range(1, job.attempt + 1))
        running = [one.number for one in job.attempts if one.outcome == "running"]
        assert running == ([job.attempt] if job.state in (JobState.RUNNING, JobState.CANCELING) else [])
        bad = [one.error for one in job.attempts if one.outcome in ("failed", "lost")]
        assert sum(error is None or error.code != WORKER_STOPPED.code for error in bad) <= 3
        assert self.ended in (None, job.state)
        self.ended = job.state if job.state.is_terminal else None
        assert (job.finished_at is not None) == job.state.is_terminal
        with self.job_setup.db.read() as session:
            made = session.get(VersionRow, (self.job_setup.concept, 1))
        assert (made is not None) == (job.state is JobState.SUCCEEDED)

    def teardown(self) -> None:
        if hasattr(self, "job_setup"):
            with self.job_setup.db.write() as session:  # no later claim may find it
                session.execute(delete(JobRow).where(JobRow.id == self.id))


@pytest.fixture
def opened(database_url: str) -> Iterator[None]:
    OPENED.append(open_database(database_url))
    yield
    OPENED.pop().close()


@pytest.mark.usefixtures("opened")
def test_a_life():
    lives = settings(max_examples=20, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(JobLifecycle, settings=lives)
