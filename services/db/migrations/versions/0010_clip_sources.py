"""Clips that come in parts, or from a URL."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clips", sa.Column("upload_id", sa.Text(), nullable=True))
    op.add_column("clips", sa.Column("source_url", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("clips", "source_url")
    op.drop_column("clips", "upload_id")
