"""The audit log of administrators. It has no foreign keys, because entries outlive tenants and keys."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from services.db.tables.base import Id, JsonObject, Table


class AuditRow(Table):
    """One administrative action; the actor is null for a command run on the server."""

    __tablename__ = "audit_log"

    id: Mapped[Id]
    at: Mapped[datetime]
    actor_tenant_id: Mapped[str | None]
    actor_key_id: Mapped[str | None]
    action: Mapped[str]
    target: Mapped[str] = mapped_column(index=True)
    details: Mapped[JsonObject]
    request_id: Mapped[str | None]
