"""Quotas on both databases: what is refused, what waits, and what one tenant's greed costs the others."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from services import outbox
from services.accounts import admin, quotas
from services.jobs.lifecycle import attempts
from services.jobs.submission.estimates import estimate
from shared.errors import QueueFull, QuotaExceeded
from shared.schemas.generation import GenerationRequest
from shared.schemas.job import Usage
from shared.schemas.limits import TenantLimits
from tests.job_setup import CRASH, GENERATIONS, LEASE, TRAININGS, JobSetup

GREEDY = {"a": 30, "b": 15, "c": 10}


def limit(record: JobSetup, **limits: float) -> None:
    with record.db.write() as session:
        admin.set_limits(session, record.tenant, TenantLimits.model_validate(limits))


def standing(record: JobSetup, policy: str) -> quotas.Quota:
    with record.db.read() as session:
        return next(one for one in quotas.usage(session, record.tenant, record.clock.now()) if one.policy == policy)


def notified_queues(record: JobSetup) -> list[str]:
    """The queues with a pending notification, which this call consumes."""
    with record.db.write() as session:
        items = outbox.take(session, outbox.NOTIFY, 100, record.clock.now())
        for item in items:
            outbox.done(session, item.id)
    return [item.payload["queue"] for item in items]


def test_only_so_many_jobs_wait(record: JobSetup):
    limit(record, queued_jobs=2)
    waiting = [record.generate(), record.generate()]
    with pytest.raises(QueueFull) as refused:
        record.generate()
    assert refused.value.policies == ("queued_jobs",)
    assert (standing(record, "queued_jobs").used, standing(record, "queued_jobs").limit) == (2, 2)
    record.generate(record.new_tenant("other"))
    record.cancel(waiting[0].id)
    record.generate()


def test_racing_requests_do_not_share_the_last_place(record: JobSetup):
    limit(record, queued_jobs=3)

    def ask(_: int) -> bool:
        try:
            record.generate()
        except QueueFull:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 3


def test_gpu_seconds_are_counted_by_the_period_in_which_jobs_were_made(record: JobSetup):
    limit(record, gpu_seconds=3)
    record.generate()
    record.finish(record.claimed(), usage=Usage(gpu_seconds=2.5))
    record.generate()
    record.finish(record.claimed(), usage=Usage(gpu_seconds=0.5))
    with pytest.raises(QuotaExceeded) as refused:
        record.generate()
    assert refused.value.policies == ("gpu_seconds",)
    request = GenerationRequest(prompt="a ring")
    with pytest.raises(QuotaExceeded), record.db.read() as session:
        estimate(session, record.tenant, request, record.catalogue, now=record.clock.now())
    used = standing(record, "gpu_seconds")
    assert used.used == 3
    assert used.resets_at is not None
    record.clock.advance((used.resets_at - record.clock.now()).total_seconds())
    record.generate()
    assert standing(record, "gpu_seconds").used == 0


def test_bytes_that_were_announced_count_as_stored(record: JobSetup):
    limit(record, stored_bytes=1500)  # the clip of this world has 1000
    record.new_clip(record.tenant, "rejected")
    with record.db.write() as session:
        quotas.admit_bytes(session, record.tenant, 500)
    record.generate()
    record.new_clip(record.tenant, "awaiting_upload")
    with pytest.raises(QuotaExceeded) as refused:
        record.generate()
    assert refused.value.policies == ("stored_bytes",)
    with pytest.raises(QuotaExceeded), record.db.write() as session:
        quotas.admit_bytes(session, record.tenant, 1)
    assert standing(record, "stored_bytes").used == 2000


def test_a_tenant_that_runs_all_it_may_is_passed_over_until_one_ends(record: JobSetup):
    limit(record, running_jobs=2)
    mine = sorted(record.generate().id for _ in range(3))  # of one moment: by id
    record.train()
    record.later(1)
    theirs = record.generate(record.new_tenant("other")).id
    claimed = [record.claimed() for _ in range(3)]
    assert sorted(job.id for job in claimed) == sorted([*mine[:2], theirs])
    assert record.claim() is None
    assert record.claim(TRAININGS) is None
    notified_queues(record)
    record.fail(next(job for job in claimed if job.id == mine[0]), CRASH, max_attempts=1)
    assert sorted(notified_queues(record)) == [GENERATIONS, TRAININGS]
    assert record.claimed().id == mine[2]
    assert standing(record, "running_jobs").used == 2


def test_racing_workers_do_not_start_more_than_may_run(record: JobSetup):
    limit(record, running_jobs=2)
    for _ in range(6):
        record.generate()

    def work(number: int) -> bool:
        with record.db.write() as session:
            now = record.clock.now()
            return attempts.claim(session, GENERATIONS, f"w{number}", now=now, lease_seconds=LEASE) is not None

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 2


def test_three_greedy_tenants_get_equal_shares(record: JobSetup):
    tenants = {name: record.new_tenant(name) for name in GREEDY}
    for name, num_jobs in GREEDY.items():
        for _ in range(num_jobs):
            record.generate(tenants[name])
    running = [record.claimed() for _ in range(2)]
    served = Counter(job.tenant_id for job in running)
    for _ in range(28):
        record.finish(running.pop(0))
        record.generate(tenants["a"])  # the greediest never stops asking
        record.later(1)
        running.append(record.claimed())
        served[running[-1].tenant_id] += 1
    assert served.keys() == set(tenants.values())
    assert all(abs(num - 10) <= 1 for num in served.values()), served
