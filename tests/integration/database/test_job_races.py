"""Workers, a frequent sweep and cancellations at the same time: no deadlock, no lost job."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from random import Random
from threading import Event

from services.accounts import job_counts
from services.db.sessions import Database
from services.jobs.lifecycle import reaping
from services.jobs.scheduling.notifications import notify_waiting
from services.jobs.state.transitions import IllegalTransition
from shared.errors import Fenced, JobFinished
from shared.schemas.job import JobState
from tests.job_setup import CRASH, GENERATIONS, JobSetup

WORKERS = 4


def work(job_setup: JobSetup, seed: int, over: Event) -> None:
    chance = Random(seed)
    while not over.is_set():
        job = job_setup.claim(GENERATIONS)
        if job is None:
            over.wait(0.01)
            continue
        with suppress(Fenced):
            if job_setup.beat(job).cancel:
                job_setup.confirm_canceled(job)
            elif chance.random() < 0.5:
                job_setup.finish(job)
            elif chance.random() < 0.5:
                job_setup.fail(job, CRASH)


def sweep(job_setup: JobSetup, over: Event) -> None:
    while not over.wait(0.02):
        with job_setup.db.write() as session:
            now = job_setup.clock.now()
            reaping.reap(session, now=now.replace(year=now.year + 1), backoff=job_setup.backoff)
            notify_waiting(session, now)
            job_counts.add_up(session)


def cancel(job_setup: JobSetup, ids: list[str], over: Event) -> None:
    for id in ids:
        with suppress(JobFinished, IllegalTransition):
            job_setup.cancel(id)
        over.wait(0.02)


def wait_for_the_end(job_setup: JobSetup, owners: dict[str, str], over: Event) -> None:
    for _ in range(3000):
        if all(job_setup.resource(id, tenant).state.is_terminal for id, tenant in owners.items()):
            break
        over.wait(0.05)
    over.set()


def test_everything_at_once(db: Database):
    job_setup, over = JobSetup(db), Event()
    tenants = [job_setup.tenant, job_setup.new_tenant("b"), job_setup.new_tenant("c")]
    owners = {job_setup.generate(tenant).id: tenant for _ in range(4) for tenant in tenants}
    mine = [id for id, tenant in owners.items() if tenant == job_setup.tenant]
    with ThreadPoolExecutor(WORKERS + 3) as pool:
        running: list[Future[None]] = [pool.submit(work, job_setup, seed, over) for seed in range(WORKERS)]
        running += [pool.submit(sweep, job_setup, over), pool.submit(cancel, job_setup, mine[:2], over)]
        running += [pool.submit(wait_for_the_end, job_setup, owners, over)]
        for future in running:
            future.add_done_callback(lambda done: over.set() if done.exception() else None)
    for future in running:
        future.result()
    for id, tenant in owners.items():
        job = job_setup.resource(id, tenant)
        assert job.state.is_terminal
        assert len(job.attempts) == job.attempt <= 3
        assert (job.state is JobState.SUCCEEDED) == (job.result is not None)
    for tenant in tenants:
        events = job_setup.tenant_events(tenant)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        for id in (id for id, owner in owners.items() if owner == tenant):
            numbers = [event.state_seq for event in events if event.job_id == id]
            assert numbers == list(range(1, job_setup.resource(id, tenant).state_seq + 1))
