"""Outbox rows, events and deletions."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.db.tables.base import Counter, Id, JsonObject, Table, Tenant, partial


class OutboxRow(Table):
    """Work outside SQL, to be done after the transaction that inserted this row. Deleted once it is done."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("topic", "deduplication_key"),
        Index(None, "topic", "available_at", "id"),
        partial("ix_outbox_dead", "id", where="takes >= 5"),
    )

    id: Mapped[Counter]
    topic: Mapped[str]
    deduplication_key: Mapped[str | None]
    payload: Mapped[JsonObject]
    takes: Mapped[int] = mapped_column(default=0)
    available_at: Mapped[datetime]
    created_at: Mapped[datetime]


class EventRow(Table):
    """An event, numbered without gaps per tenant (`seq`) and, for job events, per job (`state_seq`)."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("job_id", "state_seq"),)

    tenant_id: Mapped[Tenant] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    job_id: Mapped[str | None]
    state_seq: Mapped[int | None]
    data: Mapped[JsonObject]
    created_at: Mapped[datetime]


class DeletionRow(Table):
    """The deletion of all objects below `prefix`, their number and bytes, and when the prefix was found empty.

    It is a proof for the tenant and outlives the objects and rows that it names.
    """

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
