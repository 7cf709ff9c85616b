"""With many waiting jobs and deliveries, statements read few rows: shown by what PostgreSQL says that it did."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from bench.api.backlog import Backlog
from services.accounts import job_counts
from services.accounts.usage import Span, usage
from services.db.sessions import Database, open_database
from services.db.tables import JobRow
from services.jobs.lifecycle import dead_letters
from services.jobs.scheduling.backlog import backlog as figures
from services.jobs.scheduling.fairness import MAX_AHEAD, positions
from services.jobs.state import repository
from services.webhooks import delivery_log
from services.webhooks.bulkhead import MAX_PER_RECEIVER, Slots
from services.webhooks.sender import take_due
from shared.ids import new_id
from shared.schemas.endpoint import DeliveryState
from tests.job_setup import GENERATIONS, JobSetup

NUM = 20_000
FEW = 3_000
"""Rows: of a tenant's jobs the first `MAX_AHEAD` are read; of deliveries 16 for each of ten tenants."""
LARGE = {"jobs", "webhook_deliveries", "webhook_messages", "outbox", "events"}


@dataclass
class Plans:
    """What the statements of an engine do, each executed again by EXPLAIN ANALYZE in its own transaction."""

    found: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def look(self, connection: Any, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        verb = statement.lstrip().split(None, 1)[0].upper()
        if verb not in {"SELECT", "WITH", "UPDATE", "DELETE"}:
            return
        raw = connection.connection.dbapi_connection
        with raw.cursor() as other:
            other.execute("SAVEPOINT explained")
            other.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
            [[plan]] = other.fetchall()
            other.execute("ROLLBACK TO SAVEPOINT explained")
        self.found.append((statement, plan[0]["Plan"]))

    def problems(self) -> list[str]:
        return [f"{found}: {statement}" for statement, plan in self.found for found in _costly(plan)]


def _costly(plan: dict[str, Any]) -> Iterator[str]:
    rows = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in LARGE and rows > 0:
        yield f"Seq Scan of {plan['Relation Name']}"
    if rows > FEW:
        yield f"{plan['Node Type']} of {rows} rows"
    for part in plan.get("Plans", ()):
        yield from _costly(part)


@pytest.fixture(scope="module")
def filled(
    postgresql_server: Any, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backlog]:
    """A PostgreSQL database with many waiting jobs and deliveries of ten tenants."""
    database = open_database(postgresql_server.create("backlog", template=postgresql_template))
    backlog = Backlog(database, tmp_path_factory.mktemp("backlog"))
    backlog.fill(NUM)
    yield backlog
    database.close()
    postgresql_server.drop("backlog")


@pytest.fixture
def plans(filled: Backlog) -> Iterator[Plans]:
    plans = Plans()
    event.listen(filled.database.engine, "before_cursor_execute", plans.look)
    yield plans
    event.remove(filled.database.engine, "before_cursor_execute", plans.look)


OPERATIONS = ["claim", "submit", "get", "list", "list_failed", "list_trainings", "dry_run", "usage", "sweep", "outbox"]


@pytest.mark.parametrize("operation", [*OPERATIONS, "delivery"])
def test_an_operation_reads_few_of_many_waiting_rows(filled: Backlog, plans: Plans, operation: str):
    filled.operations()[operation]()
    assert plans.found
    assert plans.problems() == []


def test_lists_of_failures_and_figures_read_few_rows(filled: Backlog, plans: Plans):
    with filled.database.read() as session:
        for kind in ("job", "delivery", "outbox"):
            dead_letters.list_page(session, kind, 20, None)
        for state in DeliveryState:
            only = delivery_log.DeliveryFilter(state=state)
            delivery_log.list_page(session, filled.tenants[0], 20, None, only)
    assert plans.problems() == []


def test_a_receiver_that_hangs_does_not_make_a_step_read_its_backlog(filled: Backlog, plans: Plans):
    """All of the tenant's oldest deliveries go to receivers without free slots, and one young one to another."""
    tenant, slots = filled.tenants[0], Slots()
    for number in range(7):
        for _ in range(MAX_PER_RECEIVER):
            slots.occupy(tenant, f"https://receiver-{number}.invalid", recent=False)
    with filled.database.engine.begin() as connection:
        young = text(
            "UPDATE webhook_deliveries SET url = 'https://young.invalid/', receiver = 'https://young.invalid'"
            " WHERE id = (SELECT max(id) FROM webhook_deliveries WHERE tenant_id = :tenant) RETURNING id"
        )
        wanted = connection.execute(young, {"tenant": tenant}).scalar_one()
    with filled.database.write() as session:
        assert [one.id for one in take_due(session, slots, datetime.now(UTC)) if one.tenant_id == tenant] == [wanted]  # noqa: TID251
    assert plans.problems() == []


def test_states_of_more_jobs_than_a_statement_has_parameters(filled: Backlog, plans: Plans):
    ids = [f"job_{number:026}" for number in range(1, 70_001)]
    with filled.database.read() as session:
        assert len(repository.states(session, ids)) == NUM
    assert plans.problems() == []


def test_a_position_beyond_the_bound_is_a_lower_bound(filled: Backlog):
    with filled.database.read() as session:
        last = f"job_{NUM:026}"
        row = session.get(JobRow, last)
        assert row is not None
        found = positions(session, [row])
    assert found[last] >= MAX_AHEAD


# ---------------------------------------------------------------- counts


def counted(job_setup: JobSetup) -> tuple[int, list[tuple[str, int, int, int, int, float]], dict[tuple[str, str], int]]:
    today = job_setup.clock.now().date()
    with job_setup.db.read() as session:
        report = usage(session, job_setup.tenant, Span(today, date(today.year + 1, 1, 1)), "day", job_setup.clock.now())
        jobs = [
            (one.kind, one.num_jobs, one.num_succeeded, one.num_failed, one.num_canceled, one.gpu_seconds)
            for one in report.jobs
        ]
        return (
            job_counts.num_queued(session, job_setup.tenant),
            jobs,
            dict(figures(session, job_setup.clock.now()).jobs),
        )


def test_counts_follow_every_change_and_the_sweep_adds_them_up(job_setup: JobSetup):
    job_setup.finish(job_setup.claimed(GENERATIONS) if job_setup.generate() else None)  # type: ignore[arg-type]
    job_setup.cancel(job_setup.generate().id)
    job_setup.release(job_setup.claimed() if job_setup.generate() else None)  # type: ignore[arg-type]
    job_setup.generate()
    job_setup.claimed()
    job_setup.generate(job_setup.new_tenant("other"))
    expected = (1, [("generation", 4, 1, 0, 1, 2.0)], {(GENERATIONS, "queued"): 2, (GENERATIONS, "running"): 1})
    assert counted(job_setup) == expected
    with job_setup.db.write() as session:
        assert job_counts.add_up(session, limit=3)
    assert counted(job_setup) == expected
    with job_setup.db.write() as session:
        assert not job_counts.add_up(session)
        assert not job_counts.add_up(session)
    assert counted(job_setup) == expected


def test_rows_that_are_written_and_deleted_by_hand_are_counted(db: Database, job_setup: JobSetup):
    job = job_setup.generate()
    _copy(db.engine, job, 3)
    assert counted(job_setup)[0] == 4
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE jobs SET state = 'canceled' WHERE id <> :id"), {"id": job.id})
    assert counted(job_setup)[:2] == (1, [("generation", 4, 0, 0, 3, 0.0)])
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM jobs WHERE id <> :id"), {"id": job.id})
    assert counted(job_setup)[1] == [("generation", 1, 0, 0, 0, 0.0)]


def _copy(engine: Engine, job: JobRow, num: int) -> None:
    columns = [column.name for column in JobRow.__table__.columns if column.name != "id"]
    names = ", ".join(columns)
    with engine.begin() as connection:
        for _ in range(num):
            copy = f"INSERT INTO jobs (id, {names}) SELECT :id, {names} FROM jobs WHERE id = :job"
            connection.execute(text(copy), {"id": new_id("job", job.created_at), "job": job.id})


def test_the_number_of_tenants_that_wait_is_what_a_claim_depends_on(job_setup: JobSetup):
    """Ties of tenants that were never served: the most urgent job first, whatever the number of its jobs."""
    tenants = [job_setup.new_tenant(f"t{number}") for number in range(5)]
    for tenant in tenants:
        for _ in range(3):
            job_setup.generate(tenant)
        job_setup.later(1)
    urgent = job_setup.generate(tenants[3], priority=1)
    assert job_setup.claimed().id == urgent.id
    assert [job_setup.claimed().tenant_id for _ in range(4)] == [tenants[0], tenants[1], tenants[2], tenants[4]]
    assert {job_setup.claimed().tenant_id for _ in range(5)} == set(tenants)


def test_results_of_the_bench_are_flat():
    results = json.loads((Path("bench") / "api" / "backlog.json").read_text())
    assert {"100", "1000000"} <= results["milliseconds"]["claim"].keys()
    assert {name: one["ratio"] for name, one in results["milliseconds"].items() if one["ratio"] > 2} == {}
