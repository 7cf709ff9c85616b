"""What running trainings were asked to show, which step of another one a training makes a version of, and which base
models a worker has in memory.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEX = "ix_jobs_retry_of"
indexes = {INDEX: "jobs (retry_of)"}
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("previews", _JSON, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("jobs", sa.Column("previews_asked", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("promoted_step", sa.BigInteger(), nullable=True))
    op.add_column("workers", sa.Column("warm", _JSON, nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    op.drop_column("workers", "warm")
    op.drop_index(INDEX, "jobs")
    for name in ("promoted_step", "previews_asked", "previews"):
        op.drop_column("jobs", name)
