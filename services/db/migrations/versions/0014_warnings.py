"""The warnings of a job that its submission found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("warnings", _JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("jobs", "warnings")
