"""The order of claims, and that no job is claimed twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import delete

from services.db.sessions import open_database
from services.db.tables import ClipRow
from services.jobs.lifecycle import attempts
from services.jobs.scheduling.fairness import LOOK_AHEAD, fairest
from services.jobs.state import repository
from services.jobs.state.transitions import Verb
from services.jobs.views import resources
from tests.job_setup import GENERATIONS, LEASE, LINKS, TRAININGS, JobSetup


def test_a_claim_is_an_attempt_with_a_lease(job_setup: JobSetup):
    submitted = job_setup.generate()
    job_setup.later(5)
    claimed = job_setup.claimed()
    assert (claimed.id, claimed.attempt, claimed.kind) == (submitted.id, 1, "generation")
    assert claimed.lease_until == job_setup.clock.now() + timedelta(seconds=LEASE)
    assert claimed.prefix == f"tenants/{job_setup.tenant}/generations/{submitted.id}/attempt-1/"
    job = job_setup.resource(claimed.id)
    assert (job.state, job.state_seq, job.attempt, job.started_at) == ("running", 2, 1, job_setup.clock.now())
    assert [(one.number, one.worker, one.outcome) for one in job.attempts] == [(1, "worker-1", "running")]
    assert job_setup.claim() is None


def test_a_training_comes_with_its_clips(job_setup: JobSetup):
    job_setup.train()
    claimed = job_setup.claimed(TRAININGS)
    assert [(clip.key, clip.caption) for clip in claimed.clips] == [
        (f"{job_setup.clip}/video.mp4", "a red circle orbiting on a navy background")
    ]
    assert claimed.prefix == f"tenants/{job_setup.tenant}/concepts/{job_setup.concept}/versions/{claimed.id}/attempt-1/"


def test_a_generation_comes_with_its_adapter(job_setup: JobSetup):
    reference = job_setup.version()
    job_setup.generate(concept=reference)
    claimed = job_setup.claimed()
    assert claimed.adapter_key == reference
    assert [file.name for file in claimed.adapter] == ["adapter.safetensors"]


def test_queues_do_not_see_each_other(job_setup: JobSetup):
    job_setup.train()
    assert job_setup.claim(GENERATIONS) is None
    assert job_setup.claim("training.other") is None
    assert job_setup.claim(TRAININGS) is not None


def test_a_job_whose_clip_is_gone_fails_and_the_next_one_runs(job_setup: JobSetup):
    lost = job_setup.train()
    job_setup.later(1)
    clip, job_setup.clip = job_setup.clip, job_setup.new_clip(job_setup.tenant)
    good = job_setup.train()
    with job_setup.db.write() as session:
        session.execute(delete(ClipRow).where(ClipRow.id == clip))
    assert job_setup.claimed(TRAININGS).id == good.id
    job = job_setup.resource(lost.id)
    assert job.error is not None
    assert (job.state, job.error.code, job.error.fault) == ("failed", "clip_deleted", "user")


def order_of(job_setup: JobSetup, names: dict[str, str], cached: tuple[str, ...] = ()) -> list[str]:
    """The order in which jobs are claimed, compared with the queue position of each before."""
    order: list[str] = []
    while claimed := job_setup.claim(cached=cached):
        order.append(names[claimed.id])
    return order


def test_tenants_take_turns_then_priority_then_age(job_setup: JobSetup):
    other = job_setup.new_tenant("other")
    names: dict[str, str] = {}
    for name, tenant, priority in [
        ("a1", job_setup.tenant, 0),
        ("a2", job_setup.tenant, 0),
        ("a3", job_setup.tenant, 5),
        ("b1", other, 0),
        ("b2", other, 0),
        ("a4", job_setup.tenant, -1),
    ]:
        names[job_setup.generate(tenant, priority=priority).id] = name
        job_setup.later(1)
    assert order_of(job_setup, names) == ["a3", "b1", "a1", "b2", "a2", "a4"]


def test_who_was_served_longest_ago_goes_first(job_setup: JobSetup):
    busy, quiet = job_setup.tenant, job_setup.new_tenant("quiet")
    names = {job_setup.generate(quiet).id: "quiet-1", job_setup.generate(busy).id: "busy-1"}
    assert sorted(order_of(job_setup, names)) == ["busy-1", "quiet-1"]
    for number in range(3):
        job_setup.generate(busy)
        job_setup.later(1)
        assert job_setup.claimed().tenant_id == busy, number
    names = {job_setup.generate(busy).id: "busy"}
    job_setup.later(1)
    names[job_setup.generate(quiet).id] = "quiet"
    assert order_of(job_setup, names) == ["quiet", "busy"]


def test_the_reported_queue_position_is_the_order_of_claims(job_setup: JobSetup):
    tenants = [job_setup.tenant, job_setup.new_tenant("b"), job_setup.new_tenant("c")]
    for turn in (1, 0):  # b was served before a; c never was
        job_setup.generate(tenants[turn])
        job_setup.claimed()
    owners = {}
    for owner, priority in [(0, 0), (0, 3), (1, 0), (2, -2), (0, 0), (2, 1), (1, 9), (0, 0)]:
        job = job_setup.generate(tenants[owner], priority=priority)
        owners[job.id] = tenants[owner]
        job_setup.later(1)
    reported = {job: job_setup.resource(job, owner).queue_position for job, owner in owners.items()}
    with job_setup.db.read() as session:
        pages = [resources(session, repository.list_page(session, tenant, 10), LINKS) for tenant in tenants]
    seen = {id: job.queue_position for page in pages for id, job in page.items() if id in reported}
    assert seen == reported, "a page says what each job says"
    claimed = [job_setup.claimed().id for _ in owners]
    assert sorted(reported, key=lambda job: reported[job] or 0) == claimed
    assert sorted(position or 0 for position in reported.values()) == list(range(8))
    assert job_setup.resource(claimed[0], owners[claimed[0]]).queue_position is None


# ---------------------------------------------------------------- cached adapters


def test_a_job_with_a_cached_adapter_precedes_a_slightly_older_one(job_setup: JobSetup):
    cached = job_setup.version()
    names = {job_setup.generate().id: "cold"}
    job_setup.later(LOOK_AHEAD.total_seconds())
    names[job_setup.generate(concept=cached).id] = "warm"
    assert order_of(job_setup, names, (cached,)) == ["warm", "cold"]


def test_the_look_ahead_is_bounded(job_setup: JobSetup):
    cached = job_setup.version()
    names = {job_setup.generate().id: "cold"}
    job_setup.later(LOOK_AHEAD.total_seconds() + 1)
    names[job_setup.generate(concept=cached).id] = "warm"
    assert order_of(job_setup, names, (cached,)) == ["cold", "warm"]


def test_a_cached_adapter_never_beats_priority_or_another_tenants_turn(job_setup: JobSetup):
    cached = job_setup.version()
    names = {job_setup.generate(job_setup.new_tenant("other")).id: "other", job_setup.generate(priority=1).id: "urgent"}
    job_setup.later(1)
    names[job_setup.generate(concept=cached).id] = "warm"
    assert order_of(job_setup, names, (cached,))[-1] == "warm"


# ---------------------------------------------------------------- deadlines


@pytest.mark.parametrize("deadline", ["start_by", "finish_by"])
def test_what_is_too_late_is_not_started(job_setup: JobSetup, deadline: str):
    job_setup.generate(deadlines={deadline: job_setup.clock.now() + timedelta(seconds=10)})
    job_setup.later(11)
    assert job_setup.claim() is None


# ---------------------------------------------------------------- races


def test_racing_workers_never_claim_one_job_twice(job_setup: JobSetup):
    submitted = {job_setup.generate(job_setup.tenant).id for _ in range(12)}
    workers = 6
    start = Barrier(workers)

    def work(number: int) -> list[str]:
        mine: list[str] = []
        start.wait(timeout=30)
        while True:
            with job_setup.db.write() as session:
                job = attempts.claim(session, GENERATIONS, f"w{number}", now=job_setup.clock.now(), lease_seconds=LEASE)
            if job is None:
                return mine
            mine.append(job.id)

    with ThreadPoolExecutor(workers) as pool:
        claimed = [job for mine in pool.map(work, range(workers)) for job in mine]
    # a worker may come back empty-handed while others hold the last jobs, but each job was claimed by exactly one
    assert len(claimed) == len(set(claimed))
    assert set(claimed) == submitted
    for job in submitted:
        assert job_setup.resource(job).attempt == 1


def test_a_claim_passes_over_a_job_that_another_transaction_holds(postgresql_url: str):
    job_setup = JobSetup(open_database(postgresql_url))
    submitted = {job_setup.generate().id, job_setup.generate().id}
    now = job_setup.clock.now()
    with job_setup.db.write() as one, job_setup.db.write() as other:
        held = [fairest(session, GENERATIONS, now, ()) for session in (one, other)]
        assert {job.id for job in held if job} == submitted
    job_setup.db.close()


def test_a_change_of_a_job_that_has_moved_on_misses(job_setup: JobSetup):
    id = job_setup.generate().id
    with job_setup.db.read() as session:
        stale = repository.get(session, job_setup.tenant, id)
    job_setup.claimed()
    with job_setup.db.write() as session:
        assert repository.change(session, stale, Verb.CLAIM, job_setup.clock.now(), {"attempt": 1}) is None
    assert job_setup.resource(id).state_seq == 2


def test_racing_events_of_one_tenant_are_counted_without_gaps(job_setup: JobSetup):
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: job_setup.generate().id, range(12)))
    events = job_setup.tenant_events()
    assert [event.seq for event in events] == list(range(1, 13))
    assert {event.job_id for event in events} == set(made)
