"""Checkpoints on request, and the curves of a job."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE, INDEX = "job_points", "ix_job_points_job_id_attempt_id"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("checkpoints_asked", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("loss", sa.Float(53), nullable=True),
        sa.Column("seconds_per_step", sa.Float(53), nullable=True),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_points"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_points_job_id", ondelete="CASCADE"),
    )
    op.create_index(INDEX, TABLE, ["job_id", "attempt", "id"])


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("jobs", "checkpoints_asked")
