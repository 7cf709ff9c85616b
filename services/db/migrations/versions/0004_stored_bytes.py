"""What a clip takes in storage; clips from before count with the size of their upload."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clips", sa.Column("stored_bytes", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("clips", "stored_bytes")
