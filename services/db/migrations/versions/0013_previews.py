"""What running trainings were asked to show, and which step of another training a training makes a version of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEX = "ix_jobs_retry_of"
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("previews", _JSON, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("jobs", sa.Column("previews_asked", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("promoted_step", sa.BigInteger(), nullable=True))
    op.create_index(INDEX, "jobs", ["retry_of"])


def downgrade() -> None:
    op.drop_index(INDEX, "jobs")
    for name in ("promoted_step", "previews_asked", "previews"):
        op.drop_column("jobs", name)
