"""Quotas on both databases: refusals, waiting jobs, and the effect of one tenant on the others."""

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


def limit(job_setup: JobSetup, **limits: float) -> None:
    with job_setup.db.write() as session:
        admin.set_limits(session, job_setup.tenant, TenantLimits.model_validate(limits))


def standing(job_setup: JobSetup, policy: str) -> quotas.Quota:
    with job_setup.db.read() as session:
        return next(
            one for one in quotas.usage(session, job_setup.tenant, job_setup.clock.now()) if one.policy == policy
        )


def notified_queues(job_setup: JobSetup) -> list[str]:
    """The queues with a pending notification, which this call consumes."""
    with job_setup.db.write() as session:
        items = outbox.take(session, outbox.NOTIFY, 100, job_setup.clock.now())
        for item in items:
            outbox.done(session, item.id)
    return [item.payload["queue"] for item in items]


def test_only_so_many_jobs_wait(job_setup: JobSetup):
    limit(job_setup, queued_jobs=2)
    waiting = [job_setup.generate(), job_setup.generate()]
    with pytest.raises(QueueFull) as refused:
        job_setup.generate()
    assert refused.value.policies == ("queued_jobs",)
    assert (standing(job_setup, "queued_jobs").used, standing(job_setup, "queued_jobs").limit) == (2, 2)
    job_setup.generate(job_setup.new_tenant("other"))
    job_setup.cancel(waiting[0].id)
    job_setup.generate()


def test_racing_requests_do_not_share_the_last_place(job_setup: JobSetup):
    limit(job_setup, queued_jobs=3)

    def ask(_: int) -> bool:
        try:
            job_setup.generate()
        except QueueFull:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 3


def test_gpu_seconds_are_counted_by_the_period_in_which_jobs_were_made(job_setup: JobSetup):
    limit(job_setup, gpu_seconds=3)
    job_setup.generate()
    job_setup.finish(job_setup.claimed(), usage=Usage(gpu_seconds=2.5))
    job_setup.generate()
    job_setup.finish(job_setup.claimed(), usage=Usage(gpu_seconds=0.5))
    with pytest.raises(QuotaExceeded) as refused:
        job_setup.generate()
    assert refused.value.policies == ("gpu_seconds",)
    request = GenerationRequest(prompt="a ring")
    with pytest.raises(QuotaExceeded), job_setup.db.read() as session:
        estimate(session, job_setup.tenant, request, job_setup.catalogue, now=job_setup.clock.now())
    used = standing(job_setup, "gpu_seconds")
    assert used.used == 3
    assert used.resets_at is not None
    job_setup.clock.advance((used.resets_at - job_setup.clock.now()).total_seconds())
    job_setup.generate()
    assert standing(job_setup, "gpu_seconds").used == 0


def test_bytes_that_were_announced_count_as_stored(job_setup: JobSetup):
    limit(job_setup, stored_bytes=1500)  # the clip of this world has 1000
    job_setup.new_clip(job_setup.tenant, "rejected")
    with job_setup.db.write() as session:
        quotas.admit_bytes(session, job_setup.tenant, 500)
    job_setup.generate()
    job_setup.new_clip(job_setup.tenant, "awaiting_upload")
    with pytest.raises(QuotaExceeded) as refused:
        job_setup.generate()
    assert refused.value.policies == ("stored_bytes",)
    with pytest.raises(QuotaExceeded), job_setup.db.write() as session:
        quotas.admit_bytes(session, job_setup.tenant, 1)
    assert standing(job_setup, "stored_bytes").used == 2000


def test_a_tenant_that_runs_all_it_may_is_passed_over_until_one_ends(job_setup: JobSetup):
    limit(job_setup, running_jobs=2)
    mine = sorted(job_setup.generate().id for _ in range(3))  # of one moment: by id
    job_setup.train()
    job_setup.later(1)
    theirs = job_setup.generate(job_setup.new_tenant("other")).id
    claimed = [job_setup.claimed() for _ in range(3)]
    assert sorted(job.id for job in claimed) == sorted([*mine[:2], theirs])
    assert job_setup.claim() is None
    assert job_setup.claim(TRAININGS) is None
    notified_queues(job_setup)
    job_setup.fail(next(job for job in claimed if job.id == mine[0]), CRASH, max_attempts=1)
    assert sorted(notified_queues(job_setup)) == [GENERATIONS, TRAININGS]
    assert job_setup.claimed().id == mine[2]
    assert standing(job_setup, "running_jobs").used == 2


def test_racing_workers_do_not_start_more_than_may_run(job_setup: JobSetup):
    limit(job_setup, running_jobs=2)
    for _ in range(6):
        job_setup.generate()

    def work(number: int) -> bool:
        with job_setup.db.write() as session:
            now = job_setup.clock.now()
            return attempts.claim(session, GENERATIONS, f"w{number}", now=now, lease_seconds=LEASE) is not None

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 2


def test_three_greedy_tenants_get_equal_shares(job_setup: JobSetup):
    tenants = {name: job_setup.new_tenant(name) for name in GREEDY}
    for name, num_jobs in GREEDY.items():
        for _ in range(num_jobs):
            job_setup.generate(tenants[name])
    running = [job_setup.claimed() for _ in range(2)]
    served = Counter(job.tenant_id for job in running)
    for _ in range(28):
        job_setup.finish(running.pop(0))
        job_setup.generate(tenants["a"])  # the greediest never stops asking
        job_setup.later(1)
        running.append(job_setup.claimed())
        served[running[-1].tenant_id] += 1
    assert served.keys() == set(tenants.values())
    assert all(abs(num - 10) <= 1 for num in served.values()), served
