"""The latest jobs of a queue, found without reading the others: what estimates are made from."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEX = "ix_jobs_past"
indexes = {INDEX: "jobs (queue, state, finished_at)"}


def upgrade() -> None:
    pass


def downgrade() -> None:
    op.drop_index(INDEX, "jobs")
