"""Deletions from storage, as proof for the tenant. Rows outlive the objects and rows that they name."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from services.db.tables.base import Id, Table, Tenant


class DeletionRow(Table):
    """The deletion of all objects below `prefix`, their number and bytes, and when the prefix was found empty."""

    __tablename__ = "deletions"
    __table_args__ = (Index(None, "tenant_id", "id"), Index(None, "subject"))

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    kind: Mapped[str]
    subject: Mapped[str]
    reason: Mapped[str]
    prefix: Mapped[str]
    num_objects: Mapped[int | None]
    num_bytes: Mapped[int | None]
    requested_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
