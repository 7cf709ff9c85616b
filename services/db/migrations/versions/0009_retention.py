"""How long jobs are kept, and the proof of what was deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLE = "deletions"
indexes = {"ix_jobs_delete_at": "jobs (delete_at)"}


def upgrade() -> None:
    op.add_column("jobs", sa.Column("keep_days", sa.Float(53), nullable=True))
    op.add_column("jobs", sa.Column("delete_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("jobs", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        TABLE,
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("num_objects", sa.BigInteger(), nullable=True),
        sa.Column("num_bytes", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deletions"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_deletions_tenant_id", ondelete="CASCADE"),
    )
    op.create_index("ix_deletions_tenant_id_id", TABLE, ["tenant_id", "id"])
    op.create_index("ix_deletions_subject", TABLE, ["subject"])


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_index("ix_jobs_delete_at", "jobs")
    for name in ("deleted_at", "delete_at", "keep_days"):
        op.drop_column("jobs", name)
