"""What waiting jobs and deliveries are read by: numbers of jobs, receivers of deliveries, and partial indexes.

Triggers keep the number of jobs by tenant, queue, day and state, so the code before this revision keeps it too. A
change of a job appends to `job_count_changes`, which locks nothing that another transaction needs; the sweep adds the
changes up. On PostgreSQL the triggers run once for each statement. A later migration that rebuilds `jobs` on SQLite has
to create them again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_QUEUED = "WHERE state = 'queued'"
_PENDING = "WHERE state = 'pending'"
_UNFINISHED = "WHERE state IN ('queued', 'running', 'canceling')"

indexes = {
    "ix_jobs_waiting": f"jobs (queue, tenant_id, priority DESC, created_at, id) {_QUEUED}",
    "ix_jobs_adapter": f"jobs (queue, tenant_id, warm_key, priority DESC, created_at, id) {_QUEUED}",
    "ix_jobs_oldest": f"jobs (queue, created_at) {_QUEUED}",
    "ix_jobs_start_by": f"jobs (start_by) {_QUEUED} AND start_by IS NOT NULL",
    "ix_jobs_finish_by": f"jobs (finish_by) {_UNFINISHED} AND finish_by IS NOT NULL",
    "ix_jobs_tenant_state": "jobs (tenant_id, state, id)",
    "ix_jobs_tenant_kind": "jobs (tenant_id, kind, id)",
    "ix_jobs_failed": "jobs (id) WHERE state = 'failed'",
    "ix_jobs_results": "jobs (tenant_id, kind) WHERE result IS NOT NULL",
    "ix_jobs_previews": "jobs (tenant_id) WHERE previews_asked > 0",
    "ix_queue_turns_served": "queue_turns (queue, served)",
    "ix_webhook_deliveries_pending": f"webhook_deliveries (tenant_id, next_attempt_at) {_PENDING}",
    "ix_webhook_deliveries_receiver": f"webhook_deliveries (tenant_id, receiver, next_attempt_at) {_PENDING}",
    "ix_webhook_deliveries_failed": "webhook_deliveries (id) WHERE state = 'failed'",
    "ix_webhook_deliveries_state": "webhook_deliveries (tenant_id, state, id)",
    "ix_outbox_dead": "outbox (id) WHERE takes >= 5",
    "ix_jobs_claim": None,
    "ix_webhook_deliveries_due": None,  # PostgreSQL preferred it to those of one tenant, and read all of the others'
}

_KEY = ["tenant_id", "day", "queue", "state"]
_RECEIVER = "UPDATE webhook_deliveries SET receiver = {} WHERE state = 'pending'"
_COLUMNS = "tenant_id, queue, kind, day, state, num, gpu_seconds"

_FUNCTION = f"""
CREATE OR REPLACE FUNCTION count_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO job_count_changes ({_COLUMNS})
    SELECT tenant_id, queue, kind, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), state, count(*),
           coalesce(sum((usage ->> 'gpu_seconds')::float8), 0)
    FROM new_jobs GROUP BY 1, 2, 3, 4, 5;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO job_count_changes ({_COLUMNS})
    SELECT tenant_id, queue, kind, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), state, -count(*),
           -coalesce(sum((usage ->> 'gpu_seconds')::float8), 0)
    FROM old_jobs GROUP BY 1, 2, 3, 4, 5;
  ELSE
    INSERT INTO job_count_changes ({_COLUMNS})
    SELECT tenant_id, queue, kind, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), state, sum(one),
           coalesce(sum(one * (usage ->> 'gpu_seconds')::float8), 0)
    FROM (
      SELECT tenant_id, queue, kind, created_at, state, usage, 1 AS one FROM new_jobs
      UNION ALL
      SELECT tenant_id, queue, kind, created_at, state, usage, -1 FROM old_jobs
    ) AS changed
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(one) <> 0 OR coalesce(sum(one * (usage ->> 'gpu_seconds')::float8), 0) <> 0;
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants
_POSTGRESQL = [
    _FUNCTION,
    (
        "CREATE TRIGGER count_inserted AFTER INSERT ON jobs REFERENCING NEW TABLE AS new_jobs"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_jobs()"
    ),
    (
        "CREATE TRIGGER count_updated AFTER UPDATE ON jobs REFERENCING NEW TABLE AS new_jobs OLD TABLE AS old_jobs"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_jobs()"
    ),
    (
        "CREATE TRIGGER count_deleted AFTER DELETE ON jobs REFERENCING OLD TABLE AS old_jobs"
        " FOR EACH STATEMENT EXECUTE FUNCTION count_jobs()"
    ),
    (
        f"INSERT INTO job_count_changes ({_COLUMNS})"  # noqa: S608 - a constant
        " SELECT tenant_id, queue, kind, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), state, count(*),"
        " coalesce(sum((usage ->> 'gpu_seconds')::float8), 0) FROM jobs GROUP BY 1, 2, 3, 4, 5"
    ),
    _RECEIVER.format("split_part(url, '/', 1) || '//' || split_part(url, '/', 3)"),
]


def _count_row(row: str, sign: str) -> str:
    return (
        f"INSERT INTO job_count_changes ({_COLUMNS}) VALUES ({row}.tenant_id, {row}.queue, {row}.kind,"  # noqa: S608
        f" substr({row}.created_at, 1, 10), {row}.state, {sign}1,"
        f" {sign}coalesce(json_extract({row}.usage, '$.gpu_seconds'), 0));"
    )


_SQLITE = [
    f"CREATE TRIGGER count_inserted AFTER INSERT ON jobs BEGIN {_count_row('NEW', '')} END",
    (
        "CREATE TRIGGER count_updated AFTER UPDATE OF state, usage ON jobs"
        " WHEN OLD.state <> NEW.state OR OLD.usage <> NEW.usage"
        f" BEGIN {_count_row('OLD', '-')} {_count_row('NEW', '')} END"
    ),
    f"CREATE TRIGGER count_deleted AFTER DELETE ON jobs BEGIN {_count_row('OLD', '-')} END",
    (
        f"INSERT INTO job_count_changes ({_COLUMNS})"  # noqa: S608 - a constant
        " SELECT tenant_id, queue, kind, substr(created_at, 1, 10), state, count(*),"
        " coalesce(sum(json_extract(usage, '$.gpu_seconds')), 0) FROM jobs GROUP BY 1, 2, 3, 4, 5"
    ),
    _RECEIVER.format("substr(url, 1, 8 + instr(substr(url, 9) || '/', '/') - 1)"),
]


def upgrade() -> None:
    _create_counts()
    *counts, receivers = _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE
    _execute(counts)  # reads all jobs, so before the column, which locks out the readers of deliveries
    op.add_column("webhook_deliveries", sa.Column("receiver", sa.Text(), nullable=True))
    _execute([receivers])


def downgrade() -> None:
    for name in ("count_inserted", "count_updated", "count_deleted"):
        on = " ON jobs" if op.get_bind().dialect.name == "postgresql" else ""
        op.execute(f"DROP TRIGGER {name}{on}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION count_jobs()")
    op.drop_column("webhook_deliveries", "receiver")
    op.drop_table("job_counts")
    op.drop_table("job_count_changes")


def _create_counts() -> None:
    counted = [*_KEY, "kind"]
    counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "job_counts",
        *(sa.Column(name, sa.Text(), nullable=False) for name in counted),
        sa.Column("num", sa.BigInteger(), nullable=False),
        sa.Column("gpu_seconds", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_job_counts"),
    )
    where = sa.text("state = 'queued'")
    op.create_index(
        "ix_job_counts_queued", "job_counts", ["queue", "tenant_id"], postgresql_where=where, sqlite_where=where
    )
    op.create_table(
        "job_count_changes",
        sa.Column("id", counter, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in counted),
        sa.Column("num", sa.BigInteger(), nullable=False),
        sa.Column("gpu_seconds", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_count_changes"),
    )


def _execute(statements: list[str]) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)
