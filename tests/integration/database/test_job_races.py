"""Workers, a far too eager sweep and a user who cancels, all at once: nothing waits for ever, nothing is lost."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from random import Random
from threading import Event

from services.db.sessions import Database
from services.jobs.lifecycle import reaping
from services.jobs.state.transitions import IllegalTransition
from shared.errors import Fenced, JobFinished
from shared.schemas.job import JobState
from tests.job_setup import CRASH, GENERATIONS, JobSetup

WORKERS = 4


def work(record: JobSetup, seed: int, over: Event) -> None:
    chance = Random(seed)
    while not over.is_set():
        job = record.claim(GENERATIONS)
        if job is None:
            over.wait(0.01)
            continue
        with suppress(Fenced):
            if record.beat(job).cancel:
                record.confirm_canceled(job)
            elif chance.random() < 0.5:
                record.finish(job)
            elif chance.random() < 0.5:
                record.fail(job, CRASH)


def sweep(record: JobSetup, over: Event) -> None:
    while not over.wait(0.02):
        with record.db.write() as session:
            now = record.clock.now()
            reaping.reap(session, now=now.replace(year=now.year + 1), backoff=record.backoff)
            reaping.notify_queued(session, now=now, everything=True)


def cancel(record: JobSetup, ids: list[str], over: Event) -> None:
    for id in ids:
        with suppress(JobFinished, IllegalTransition):
            record.cancel(id)
        over.wait(0.02)


def wait_for_the_end(record: JobSetup, owners: dict[str, str], over: Event) -> None:
    for _ in range(3000):
        if all(record.resource(id, tenant).state.is_terminal for id, tenant in owners.items()):
            break
        over.wait(0.05)
    over.set()


def test_everything_at_once(db: Database):
    record, over = JobSetup(db), Event()
    tenants = [record.tenant, record.new_tenant("b"), record.new_tenant("c")]
    owners = {record.generate(tenant).id: tenant for _ in range(4) for tenant in tenants}
    mine = [id for id, tenant in owners.items() if tenant == record.tenant]
    with ThreadPoolExecutor(WORKERS + 3) as pool:
        running: list[Future[None]] = [pool.submit(work, record, seed, over) for seed in range(WORKERS)]
        running += [pool.submit(sweep, record, over), pool.submit(cancel, record, mine[:2], over)]
        running += [pool.submit(wait_for_the_end, record, owners, over)]
        for future in running:
            future.add_done_callback(lambda done: over.set() if done.exception() else None)
    for future in running:
        future.result()
    for id, tenant in owners.items():
        job = record.resource(id, tenant)
        assert job.state.is_terminal
        assert len(job.attempts) == job.attempt <= 3
        assert (job.state is JobState.SUCCEEDED) == (job.result is not None)
    for tenant in tenants:
        events = record.tenant_events(tenant)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        for id in (id for id, owner in owners.items() if owner == tenant):
            numbers = [event.state_seq for event in events if event.job_id == id]
            assert numbers == list(range(1, record.resource(id, tenant).state_seq + 1))
