"""What was deleted from storage, as proof for its tenant. It outlives what it names."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from services.db.tables.base import Id, Table, Tenant


class DeletionRow(Table):
    """Everything below `prefix` is to go; the counts are of what was found there, `completed_at` of finding nothing."""

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
