"""Events: one for each change of a job, numbered without gaps per job (`state_seq`) and per tenant (`seq`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update

from services import outbox
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import EventRow, JobRow, TenantRow, VersionRow
from shared.ids import new_id
from shared.schemas.event import Event
from shared.schemas.job import JobState
from shared.schemas.webhook import JobEventData, VersionEventData, WebhookPayload

WEBHOOK_STATES = frozenset({JobState.RUNNING, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED})


def record_state(session: WriteSession, job: JobRow, now: datetime) -> None:
    """Record that a job has entered a state: an event, and a webhook for the states in `WEBHOOK_STATES`."""
    data = _job_data(job).model_dump(mode="json")
    event = _record(session, job, f"{job.kind}.{job.state}", data, now, state_seq=job.state_seq)
    if job.state in WEBHOOK_STATES:
        _queue_webhook(session, job, event)


def record_progress(session: WriteSession, job: JobRow, now: datetime) -> None:
    """Record a job's progress as an event."""
    record_detail(session, job, "progress", {"progress": job.progress}, now)


def record_detail(session: WriteSession, job: JobRow, what: str, details: dict[str, Any], now: datetime) -> None:
    """Record a detail of a job, which stays in its state, as an event `kind.what`."""
    data = {"id": job.id, "state": job.state, "state_seq": job.state_seq, "attempt": job.attempt}
    _record(session, job, f"{job.kind}.{what}", data | details, now, state_seq=job.state_seq)


def record_version(session: WriteSession, job: JobRow, version: VersionRow, now: datetime) -> None:
    """Record a new concept version: an event of the tenant, not of the job, and a webhook."""
    data = VersionEventData(concept_id=version.concept_id, version=version.version, job_id=job.id).model_dump(
        mode="json"
    )
    _queue_webhook(session, job, _record(session, job, "concept.version.created", data, now, state_seq=None))


def tenant_events(session: ReadSession, tenant_id: str, after_seq: int, limit: int) -> list[Event]:
    """The tenant's events after `after_seq`, in order, without gaps."""
    query = select(EventRow).where(EventRow.tenant_id == tenant_id, EventRow.seq > after_seq)
    return _read(session, query.order_by(EventRow.seq).limit(limit))


def job_events(session: ReadSession, job: JobRow, after_state_seq: int, limit: int) -> list[Event]:
    """The job's events after `after_state_seq`, in order, without gaps."""
    query = select(EventRow).where(EventRow.job_id == job.id, EventRow.state_seq > after_state_seq)
    return _read(session, query.order_by(EventRow.state_seq).limit(limit))


def _job_data(job: JobRow) -> JobEventData:
    concept: dict[str, Any] = (job.result if job.kind == "training" else job.spec.get("concept")) or {}
    return JobEventData.model_validate(
        {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            "state_seq": job.state_seq,
            "attempt": job.attempt,
            "concept_id": job.concept_id,
            "version": concept.get("version"),
            "error": job.error,
            "metadata": job.labels,
            "created_at": job.created_at,
        }
    )


def _record(
    session: WriteSession, job: JobRow, name: str, data: dict[str, Any], now: datetime, *, state_seq: int | None
) -> EventRow:
    # locks the tenant's row until the commit, so that events are committed in the order of their numbers
    count = update(TenantRow).where(TenantRow.id == job.tenant_id).values(event_seq=TenantRow.event_seq + 1)
    event = EventRow(
        tenant_id=job.tenant_id,
        seq=session.returning(count.returning(TenantRow.event_seq))[0],
        id=new_id("evt", now),
        type=name,
        job_id=job.id if state_seq is not None else None,
        state_seq=state_seq,
        data=data,
        created_at=now,
    )
    session.add(event)
    return event


def _queue_webhook(session: WriteSession, job: JobRow, event: EventRow) -> None:
    payload = WebhookPayload.model_validate({"type": event.type, "timestamp": event.created_at, "data": event.data})
    message = payload.model_dump(mode="json") | {
        "id": event.id,
        "tenant_id": job.tenant_id,
        "job_id": job.id,
        "url": job.webhook_url,
        "traceparent": job.traceparent,
    }
    outbox.put(session, outbox.WEBHOOK, message, event.created_at)


def _read(session: ReadSession, query: Select[EventRow]) -> list[Event]:
    return [_event(row) for row in session.scalars(query)]


def _event(row: EventRow) -> Event:
    return Event(
        id=row.id,
        seq=row.seq,
        type=row.type,
        job_id=row.job_id,
        state_seq=row.state_seq,
        data=row.data,
        created_at=row.created_at,
    )
