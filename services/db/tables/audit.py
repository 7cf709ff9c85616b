"""What whoever runs the service did. It outlives the tenants and keys that it names, so nothing here refers to them."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from services.db.tables.base import Id, JsonObject, Table


class AuditRow(Table):
    """One admin act; the actor is null for a command on the service's machine."""

    __tablename__ = "audit_log"

    id: Mapped[Id]
    at: Mapped[datetime]
    actor_tenant_id: Mapped[str | None]
    actor_key_id: Mapped[str | None]
    action: Mapped[str]
    target: Mapped[str] = mapped_column(index=True)
    details: Mapped[JsonObject]
    request_id: Mapped[str | None]
