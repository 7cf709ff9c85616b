"""Upload URLs that outlive their clip."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = "expiring_uploads"


def upgrade() -> None:
    op.add_column("clips", sa.Column("upload_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        TABLE,
        sa.Column("clip_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("found_bytes", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("clip_id", name="pk_expiring_uploads"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name="fk_expiring_uploads_tenant_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_expiring_uploads_tenant_id", TABLE, ["tenant_id"])
    op.create_index("ix_expiring_uploads_look_at", TABLE, ["look_at"])


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("clips", "upload_until")
