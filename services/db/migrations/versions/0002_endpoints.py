"""Deliveries to registered endpoints: an index by endpoint, and a restarted retry schedule for redeliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INDEX = "ix_webhook_deliveries_endpoint_id_id"
indexes = {INDEX: "webhook_deliveries (endpoint_id, id)"}


def upgrade() -> None:
    op.add_column("webhook_deliveries", sa.Column("ladder_from", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_index(INDEX, "webhook_deliveries")
    op.drop_column("webhook_deliveries", "ladder_from")
