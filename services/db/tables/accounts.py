"""Tenants, API keys, idempotency keys and the audit log."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from services.db.tables.base import Id, JsonList, JsonObject, Table, Tenant


class TenantRow(Table):
    """A tenant. `event_seq` is the number of its latest event, `limits` its individual limits."""

    __tablename__ = "tenants"

    id: Mapped[Id]
    name: Mapped[str]
    event_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    limits: Mapped[JsonObject] = mapped_column(default=dict, server_default=text("'{}'"))


class ApiKeyRow(Table):
    """An API key; only its SHA-256 hash is stored."""

    __tablename__ = "api_keys"

    id: Mapped[Id]
    tenant_id: Mapped[Tenant] = mapped_column(index=True)
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    hint: Mapped[str]  # the last characters, so that people can tell keys apart
    scopes: Mapped[JsonList]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class IdempotencyRow(Table):
    """The first response to a request with an idempotency key; `status` is null while the request is in progress."""

    __tablename__ = "idempotency_keys"

    tenant_id: Mapped[Tenant] = mapped_column(primary_key=True)
    key: Mapped[Id]
    fingerprint: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[str | None]
    busy_until: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AuditRow(Table):
    """One administrative action; the actor is null for a command run on the server.

    It has no foreign keys, because entries outlive tenants and keys.
    """

    __tablename__ = "audit_log"

    id: Mapped[Id]
    at: Mapped[datetime]
    actor_tenant_id: Mapped[str | None]
    actor_key_id: Mapped[str | None]
    action: Mapped[str]
    target: Mapped[str] = mapped_column(index=True)
    details: Mapped[JsonObject]
    request_id: Mapped[str | None]
