"""The first schema."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _integer(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null, server_default=default, autoincrement=False)


def _counter(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _number(name: str, *, null: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Float(53), nullable=null)


def _moment(name: str, *, null: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _json(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=null)


def _reference(table: str, name: str, target: str, *, null: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey(target, name=f"fk_{table}_{name}", ondelete="CASCADE")
    return sa.Column(name, sa.Text(), key, nullable=null)


TABLES = [
    "tenants",
    "api_keys",
    "idempotency_keys",
    "outbox",
    "events",
    "clips",
    "concepts",
    "concept_versions",
    "concept_aliases",
    "jobs",
    "job_attempts",
    "refused_writes",
    "queue_turns",
    "job_logs",
    "webhook_endpoints",
    "webhook_messages",
    "webhook_deliveries",
    "webhook_attempts",
]


def upgrade() -> None:
    _accounts()
    _news()
    _concepts()
    _jobs()
    _attempts()
    _webhooks()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _accounts() -> None:
    op.create_table(
        "tenants",
        _text("id"),
        _text("name"),
        _integer("event_seq", default="0"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_tenants"),
    )
    op.create_table(
        "api_keys",
        _text("id"),
        _reference("api_keys", "tenant_id", "tenants.id"),
        _text("name"),
        _text("sha256"),
        _text("hint"),
        _json("scopes"),
        _moment("created_at"),
        _moment("expires_at", null=True),
        _moment("revoked_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("sha256", name="uq_api_keys_sha256"),
    )
    op.create_index("ix_api_keys_tenant_id", "api_keys", ["tenant_id"])
    op.create_table(
        "idempotency_keys",
        _reference("idempotency_keys", "tenant_id", "tenants.id"),
        _text("key"),
        _text("fingerprint"),
        _integer("status", null=True),
        _text("body", null=True),
        _moment("busy_until"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("tenant_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"])


def _news() -> None:
    op.create_table(
        "outbox",
        _counter("id"),
        _text("topic"),
        _text("deduplication_key", null=True),
        _json("payload"),
        _integer("takes"),
        _moment("available_at"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("topic", "deduplication_key", name="uq_outbox_topic_deduplication_key"),
    )
    op.create_index("ix_outbox_topic_available_at_id", "outbox", ["topic", "available_at", "id"])
    op.create_table(
        "events",
        _reference("events", "tenant_id", "tenants.id"),
        _integer("seq"),
        _text("id"),
        _text("type"),
        _text("job_id", null=True),
        _integer("state_seq", null=True),
        _json("data"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "seq", name="pk_events"),
        sa.UniqueConstraint("id", name="uq_events_id"),
        sa.UniqueConstraint("job_id", "state_seq", name="uq_events_job_id_state_seq"),
    )


def _concepts() -> None:
    op.create_table(
        "clips",
        _text("id"),
        _reference("clips", "tenant_id", "tenants.id"),
        _text("state"),
        _text("file_name"),
        _integer("size_bytes"),
        _text("sha256", null=True),
        _text("upload_key"),
        _text("video_key", null=True),
        _text("thumbnail_key", null=True),
        _integer("num_frames", null=True),
        _number("fps", null=True),
        _integer("width", null=True),
        _integer("height", null=True),
        _number("duration_seconds", null=True),
        _text("rejection_code", null=True),
        _text("rejection_message", null=True),
        _moment("processing_until", null=True),
        _moment("created_at"),
        _moment("completed_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_clips"),
    )
    op.create_index("ix_clips_tenant_id_id", "clips", ["tenant_id", "id"])
    op.create_table(
        "concepts",
        _text("id"),
        _reference("concepts", "tenant_id", "tenants.id"),
        _text("name"),
        _text("description"),
        _json("metadata"),
        _integer("latest_version"),
        _moment("created_at"),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_concepts"),
    )
    op.create_index("ix_concepts_tenant_id_id", "concepts", ["tenant_id", "id"])
    op.create_table(
        "concept_versions",
        _reference("concept_versions", "concept_id", "concepts.id"),
        _integer("version"),
        _reference("concept_versions", "tenant_id", "tenants.id"),
        _text("job_id"),
        _text("manifest_key"),
        _json("artifacts"),
        _text("base_model"),
        _text("base_revision"),
        _text("base_content_hash"),
        _json("recipe"),
        _json("clips"),
        _json("metrics"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("concept_id", "version", name="pk_concept_versions"),
        sa.UniqueConstraint("job_id", name="uq_concept_versions_job_id"),
    )
    op.create_table(
        "concept_aliases",
        _text("concept_id"),
        _text("name"),
        _integer("version"),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("concept_id", "name", name="pk_concept_aliases"),
        sa.ForeignKeyConstraint(
            ["concept_id", "version"],
            ["concept_versions.concept_id", "concept_versions.version"],
            name="fk_concept_aliases_concept_id",
            ondelete="CASCADE",
        ),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        _text("id"),
        _reference("jobs", "tenant_id", "tenants.id"),
        _text("kind"),
        _text("queue"),
        _text("state"),
        _integer("state_seq"),
        _integer("attempt"),
        _integer("priority"),
        _json("spec"),
        _text("base_model"),
        _text("concept_id", null=True),
        _text("warm_key"),
        _json("progress"),
        _json("checkpoint", null=True),
        _json("result", null=True),
        _json("error", null=True),
        _json("usage"),
        _json("metadata"),
        _text("webhook_url", null=True),
        _text("traceparent", null=True),
        _text("retry_of", null=True),
        _moment("start_by", null=True),
        _moment("finish_by", null=True),
        _moment("lease_until", null=True),
        _moment("ring_at", null=True),
        _moment("created_at"),
        _moment("started_at", null=True),
        _moment("finished_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_claim", "jobs", ["queue", "state", "tenant_id", "priority", "created_at"])
    op.create_index("ix_jobs_concept_id", "jobs", ["concept_id"])
    op.create_index("ix_jobs_lease", "jobs", ["state", "lease_until"])
    op.create_index("ix_jobs_tenant_id_id", "jobs", ["tenant_id", "id"])


def _attempts() -> None:
    op.create_table(
        "job_attempts",
        _reference("job_attempts", "job_id", "jobs.id"),
        _integer("number"),
        _text("worker"),
        _text("outcome"),
        _json("error", null=True),
        _integer("resumed_from_step", null=True),
        _json("usage"),
        _moment("started_at"),
        _moment("ended_at", null=True),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_job_attempts"),
    )
    op.create_table(
        "refused_writes",
        _counter("id"),
        _reference("refused_writes", "job_id", "jobs.id"),
        _integer("attempt"),
        _text("what"),
        _moment("at"),
        sa.PrimaryKeyConstraint("id", name="pk_refused_writes"),
    )
    op.create_index("ix_refused_writes_job_id_attempt", "refused_writes", ["job_id", "attempt"])
    op.create_table(
        "queue_turns",
        _text("queue"),
        _reference("queue_turns", "tenant_id", "tenants.id"),
        _integer("served"),
        sa.PrimaryKeyConstraint("queue", "tenant_id", name="pk_queue_turns"),
    )
    op.create_table(
        "job_logs",
        _counter("id"),
        _reference("job_logs", "job_id", "jobs.id"),
        _integer("attempt"),
        _text("level"),
        _text("message"),
        _moment("at"),
        sa.PrimaryKeyConstraint("id", name="pk_job_logs"),
    )
    op.create_index("ix_job_logs_job_id_id", "job_logs", ["job_id", "id"])


def _webhooks() -> None:
    op.create_table(
        "webhook_endpoints",
        _text("id"),
        _reference("webhook_endpoints", "tenant_id", "tenants.id"),
        _text("url"),
        _text("description"),
        _json("event_types"),
        _text("secret"),
        _text("previous_secret", null=True),
        _moment("previous_secret_until", null=True),
        _moment("disabled_at", null=True),
        _text("disabled_reason", null=True),
        _moment("created_at"),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
    )
    op.create_index("ix_webhook_endpoints_tenant_id", "webhook_endpoints", ["tenant_id"])
    op.create_table(
        "webhook_messages",
        _text("id"),
        _reference("webhook_messages", "tenant_id", "tenants.id"),
        _text("type"),
        _text("body"),
        _text("job_id", null=True),
        _text("traceparent", null=True),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_messages"),
    )
    op.create_index("ix_webhook_messages_created_at", "webhook_messages", ["created_at"])
    op.create_index("ix_webhook_messages_job_id", "webhook_messages", ["job_id"])
    op.create_table(
        "webhook_deliveries",
        _text("id"),
        _reference("webhook_deliveries", "tenant_id", "tenants.id"),
        _reference("webhook_deliveries", "message_id", "webhook_messages.id"),
        _reference("webhook_deliveries", "endpoint_id", "webhook_endpoints.id", null=True),
        _text("url"),
        _text("state"),
        _integer("attempts"),
        _moment("next_attempt_at", null=True),
        _moment("created_at"),
        _moment("finished_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
    )
    op.create_index("ix_webhook_deliveries_due", "webhook_deliveries", ["next_attempt_at"])
    op.create_index("ix_webhook_deliveries_message_id", "webhook_deliveries", ["message_id"])
    op.create_index("ix_webhook_deliveries_tenant_id_id", "webhook_deliveries", ["tenant_id", "id"])
    op.create_table(
        "webhook_attempts",
        _reference("webhook_attempts", "delivery_id", "webhook_deliveries.id"),
        _integer("number"),
        _integer("status", null=True),
        _text("error", null=True),
        _number("seconds"),
        _moment("at"),
        sa.PrimaryKeyConstraint("delivery_id", "number", name="pk_webhook_attempts"),
    )
