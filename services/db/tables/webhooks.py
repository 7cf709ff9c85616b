"""Webhook endpoints, messages, deliveries and delivery attempts."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.db.tables.base import Id, JsonList, Table, Tenant, partial

_PENDING = "state = 'pending'"


class WebhookEndpointRow(Table):
    """A registered endpoint. The previous secret also signs until `previous_secret_until`."""

    __tablename__ = "webhook_endpoints"

    id: Mapped[Id]
    tenant_id: Mapped[Tenant] = mapped_column(index=True)
    url: Mapped[str]
    description: Mapped[str]
    event_types: Mapped[JsonList]
    secret: Mapped[str]
    previous_secret: Mapped[str | None]
    previous_secret_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class WebhookMessageRow(Table):
    """An event as it is sent: `body` is the exact signed text, `id` the `webhook-id`."""

    __tablename__ = "webhook_messages"

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    type: Mapped[str]
    body: Mapped[str]
    job_id: Mapped[str | None] = mapped_column(index=True)
    traceparent: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


class WebhookDeliveryRow(Table):
    """A message to one receiver: an endpoint, or a job's `webhook_url` (then `endpoint_id` is null).

    `attempts_before_redelivery` is the number of attempts before the latest redelivery, which restarts the schedule.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        partial("ix_webhook_deliveries_pending", "tenant_id", "next_attempt_at", where=_PENDING),
        partial("ix_webhook_deliveries_receiver", "tenant_id", "receiver", "next_attempt_at", where=_PENDING),
        partial("ix_webhook_deliveries_failed", "id", where="state = 'failed'"),
        Index("ix_webhook_deliveries_state", "tenant_id", "state", "id"),
        Index(None, "tenant_id", "id"),
        Index(None, "endpoint_id", "id"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    message_id: Mapped[str] = mapped_column(ForeignKey("webhook_messages.id", ondelete="CASCADE"), index=True)
    endpoint_id: Mapped[str | None] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    url: Mapped[str]
    receiver: Mapped[str | None]  # scheme, host and port of the URL
    state: Mapped[str]
    attempts: Mapped[int]
    attempts_before_redelivery: Mapped[int] = mapped_column("ladder_from", default=0, server_default="0")
    next_attempt_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class WebhookAttemptRow(Table):
    """One delivery attempt; `status` is null when there was no response."""

    __tablename__ = "webhook_attempts"

    delivery_id: Mapped[str] = mapped_column(ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[int | None]
    error: Mapped[str | None]
    seconds: Mapped[float]
    at: Mapped[datetime]
