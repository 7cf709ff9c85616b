"""Whose turn it is, and that no job is ever claimed twice."""

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


def test_a_claim_is_an_attempt_with_a_lease(record: JobSetup):
    submitted = record.generate()
    record.later(5)
    claimed = record.claimed()
    assert (claimed.id, claimed.attempt, claimed.kind) == (submitted.id, 1, "generation")
    assert claimed.lease_until == record.clock.now() + timedelta(seconds=LEASE)
    assert claimed.prefix == f"tenants/{record.tenant}/generations/{submitted.id}/attempt-1/"
    job = record.resource(claimed.id)
    assert (job.state, job.state_seq, job.attempt, job.started_at) == ("running", 2, 1, record.clock.now())
    assert [(one.number, one.worker, one.outcome) for one in job.attempts] == [(1, "worker-1", "running")]
    assert record.claim() is None


def test_a_training_comes_with_its_clips(record: JobSetup):
    record.train()
    claimed = record.claimed(TRAININGS)
    assert [(clip.key, clip.caption) for clip in claimed.clips] == [
        (f"{record.clip}/video.mp4", "a red circle orbiting on a navy background")
    ]
    assert claimed.prefix == f"tenants/{record.tenant}/concepts/{record.concept}/versions/{claimed.id}/attempt-1/"


def test_a_generation_comes_with_its_adapter(record: JobSetup):
    reference = record.version()
    record.generate(concept=reference)
    claimed = record.claimed()
    assert claimed.adapter_key == reference
    assert [file.name for file in claimed.adapter] == ["adapter.safetensors"]


def test_queues_do_not_see_each_other(record: JobSetup):
    record.train()
    assert record.claim(GENERATIONS) is None
    assert record.claim("training.other") is None
    assert record.claim(TRAININGS) is not None


def test_a_job_whose_clip_is_gone_fails_and_the_next_one_runs(record: JobSetup):
    lost = record.train()
    record.later(1)
    clip, record.clip = record.clip, record.new_clip(record.tenant)
    good = record.train()
    with record.db.write() as session:
        session.execute(delete(ClipRow).where(ClipRow.id == clip))
    assert record.claimed(TRAININGS).id == good.id
    job = record.resource(lost.id)
    assert job.error is not None
    assert (job.state, job.error.code, job.error.fault) == ("failed", "clip_deleted", "user")


def order_of(record: JobSetup, names: dict[str, str], cached: tuple[str, ...] = ()) -> list[str]:
    """The order in which jobs are claimed, checked against the position that each was told before."""
    order: list[str] = []
    while claimed := record.claim(cached=cached):
        order.append(names[claimed.id])
    return order


def test_tenants_take_turns_then_priority_then_age(record: JobSetup):
    other = record.new_tenant("other")
    names: dict[str, str] = {}
    for name, tenant, priority in [
        ("a1", record.tenant, 0),
        ("a2", record.tenant, 0),
        ("a3", record.tenant, 5),
        ("b1", other, 0),
        ("b2", other, 0),
        ("a4", record.tenant, -1),
    ]:
        names[record.generate(tenant, priority=priority).id] = name
        record.later(1)
    assert order_of(record, names) == ["a3", "b1", "a1", "b2", "a2", "a4"]


def test_who_was_served_longest_ago_goes_first(record: JobSetup):
    busy, quiet = record.tenant, record.new_tenant("quiet")
    names = {record.generate(quiet).id: "quiet-1", record.generate(busy).id: "busy-1"}
    assert sorted(order_of(record, names)) == ["busy-1", "quiet-1"]
    for number in range(3):
        record.generate(busy)
        record.later(1)
        assert record.claimed().tenant_id == busy, number
    names = {record.generate(busy).id: "busy"}
    record.later(1)
    names[record.generate(quiet).id] = "quiet"
    assert order_of(record, names) == ["quiet", "busy"]


def test_the_position_that_a_job_is_told_is_the_order_of_claims(record: JobSetup):
    tenants = [record.tenant, record.new_tenant("b"), record.new_tenant("c")]
    for turn in (1, 0):  # b was served before a; c never was
        record.generate(tenants[turn])
        record.claimed()
    owners = {}
    for owner, priority in [(0, 0), (0, 3), (1, 0), (2, -2), (0, 0), (2, 1), (1, 9), (0, 0)]:
        job = record.generate(tenants[owner], priority=priority)
        owners[job.id] = tenants[owner]
        record.later(1)
    reported = {job: record.resource(job, owner).queue_position for job, owner in owners.items()}
    with record.db.read() as session:
        pages = [resources(session, repository.list_page(session, tenant, 10), LINKS) for tenant in tenants]
    seen = {id: job.queue_position for page in pages for id, job in page.items() if id in reported}
    assert seen == reported, "a page says what each job says"
    claimed = [record.claimed().id for _ in owners]
    assert sorted(reported, key=lambda job: reported[job] or 0) == claimed
    assert sorted(position or 0 for position in reported.values()) == list(range(8))
    assert record.resource(claimed[0], owners[claimed[0]]).queue_position is None


# ---------------------------------------------------------------- cached adapters


def test_a_job_with_a_cached_adapter_precedes_a_slightly_older_one(record: JobSetup):
    cached = record.version()
    names = {record.generate().id: "cold"}
    record.later(LOOK_AHEAD.total_seconds())
    names[record.generate(concept=cached).id] = "warm"
    assert order_of(record, names, (cached,)) == ["warm", "cold"]


def test_the_look_ahead_is_bounded(record: JobSetup):
    cached = record.version()
    names = {record.generate().id: "cold"}
    record.later(LOOK_AHEAD.total_seconds() + 1)
    names[record.generate(concept=cached).id] = "warm"
    assert order_of(record, names, (cached,)) == ["cold", "warm"]


def test_a_cached_adapter_never_beats_priority_or_another_tenants_turn(record: JobSetup):
    cached = record.version()
    names = {record.generate(record.new_tenant("other")).id: "other", record.generate(priority=1).id: "urgent"}
    record.later(1)
    names[record.generate(concept=cached).id] = "warm"
    assert order_of(record, names, (cached,))[-1] == "warm"


# ---------------------------------------------------------------- deadlines


@pytest.mark.parametrize("deadline", ["start_by", "finish_by"])
def test_what_is_too_late_is_not_started(record: JobSetup, deadline: str):
    record.generate(deadlines={deadline: record.clock.now() + timedelta(seconds=10)})
    record.later(11)
    assert record.claim() is None


# ---------------------------------------------------------------- races


def test_racing_workers_never_claim_one_job_twice(record: JobSetup):
    submitted = {record.generate(record.tenant).id for _ in range(12)}
    workers = 6
    start = Barrier(workers)

    def work(number: int) -> list[str]:
        mine: list[str] = []
        start.wait(timeout=30)
        while True:
            with record.db.write() as session:
                job = attempts.claim(session, GENERATIONS, f"w{number}", now=record.clock.now(), lease_seconds=LEASE)
            if job is None:
                return mine
            mine.append(job.id)

    with ThreadPoolExecutor(workers) as pool:
        claimed = [job for mine in pool.map(work, range(workers)) for job in mine]
    # a worker may come back empty-handed while others hold the last jobs, but each job was claimed by exactly one
    assert len(claimed) == len(set(claimed))
    assert set(claimed) == submitted
    for job in submitted:
        assert record.resource(job).attempt == 1


def test_a_claim_passes_over_a_job_that_another_transaction_holds(postgresql_url: str):
    record = JobSetup(open_database(postgresql_url))
    submitted = {record.generate().id, record.generate().id}
    now = record.clock.now()
    with record.db.write() as one, record.db.write() as other:
        held = [fairest(session, GENERATIONS, now, ()) for session in (one, other)]
        assert {job.id for job in held if job} == submitted
    record.db.close()


def test_a_change_of_a_job_that_has_moved_on_misses(record: JobSetup):
    id = record.generate().id
    with record.db.read() as session:
        stale = repository.get(session, record.tenant, id)
    record.claimed()
    with record.db.write() as session:
        assert repository.change(session, stale, Verb.CLAIM, record.clock.now(), {"attempt": 1}) is None
    assert record.resource(id).state_seq == 2


def test_racing_events_of_one_tenant_are_counted_without_gaps(record: JobSetup):
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: record.generate().id, range(12)))
    events = record.tenant_events()
    assert [event.seq for event in events] == list(range(1, 13))
    assert {event.job_id for event in events} == set(made)
