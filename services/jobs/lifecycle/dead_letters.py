"""Dead letters: work that exhausted its automatic retries, and its requeueing by an operator.

Jobs that failed by the service's fault and were not retried, webhook deliveries that exhausted their retry schedule,
and outbox rows that were taken `MIN_TAKES` times or more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, literal_column, select, update
from sqlalchemy.orm import aliased

from services import outbox
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobRow, OutboxRow, WebhookAttemptRow, WebhookDeliveryRow
from services.jobs.submission.submit import retry
from services.webhooks import delivery_log
from shared.errors import NotFound
from shared.schemas.audit import DeadLetter, DeadLetterKind, Requeued
from shared.schemas.job import JobError

MIN_TAKES = 5
"""An outbox row that was taken this often and still exists is a dead letter. Its index has the number too."""
_OUTBOX = "out_"


def list_page(session: ReadSession, kind: DeadLetterKind, limit: int, after: str | None) -> list[DeadLetter]:
    """Up to `limit` dead letters of a kind, newest first, older than the letter `after`."""
    readers = {"job": _jobs, "delivery": _deliveries, "outbox": _outbox}
    return readers[kind](session, limit, after)


def requeue(session: WriteSession, letter_id: str, now: datetime, traceparent: str | None = None) -> Requeued:
    """Requeue a dead letter. A failed job stays failed; a retry of it is queued within its tenant's quotas.

    Raises NotFound, EndpointDisabled, QueueFull, QuotaExceeded.
    """
    match letter_id.partition("_")[0]:
        case "job":
            old = _require(session.scalar(_dead_jobs().where(JobRow.id == letter_id)), letter_id)
            job = retry(session, old.tenant_id, old.id, now=now, traceparent=traceparent)
            return Requeued(id=letter_id, job_id=job.id)
        case "whd":
            dead = _require(session.scalar(_dead_deliveries().where(WebhookDeliveryRow.id == letter_id)), letter_id)
            delivery_log.redeliver(session, dead.tenant_id, dead.id, now)
        case _:
            number = int(letter_id.removeprefix(_OUTBOX))
            row = _require(session.scalar(_dead_rows().where(OutboxRow.id == number)), letter_id)
            session.execute(update(OutboxRow).where(OutboxRow.id == row.id).values(takes=0))
            outbox.retry_at(session, row.id, now)
    return Requeued(id=letter_id, job_id=None)


def _require(row: Any, letter_id: str) -> Any:
    if row is None:
        raise NotFound(f"no dead letter {letter_id}")
    return row


def _dead_jobs() -> Select[JobRow]:
    retry = aliased(JobRow)
    retried = exists().where(retry.retry_of == JobRow.id, retry.promoted_step.is_(None))
    failed = (JobRow.state == literal_column("'failed'"), JobRow.error["fault"].as_string() == "service")
    return select(JobRow).where(*failed, ~retried)


def _jobs(session: ReadSession, limit: int, after: str | None) -> list[DeadLetter]:
    query = _dead_jobs() if after is None else _dead_jobs().where(JobRow.id < after)
    rows: Sequence[JobRow] = session.scalars(query.order_by(JobRow.id.desc()).limit(limit))
    return [_letter("job", row.id, row.tenant_id, _reason(row), row.attempt, row.finished_at) for row in rows]


def _reason(job: JobRow) -> str:
    error = JobError.model_validate(job.error)
    return f"{error.code}: {error.message}"


def _dead_deliveries() -> Select[WebhookDeliveryRow]:
    return select(WebhookDeliveryRow).where(WebhookDeliveryRow.state == literal_column("'failed'"))


def _deliveries(session: ReadSession, limit: int, after: str | None) -> list[DeadLetter]:
    query = _dead_deliveries() if after is None else _dead_deliveries().where(WebhookDeliveryRow.id < after)
    rows = session.scalars(query.order_by(WebhookDeliveryRow.id.desc()).limit(limit))
    return [
        _letter("delivery", row.id, row.tenant_id, _last_response(session, row), row.attempts, row.finished_at)
        for row in rows
    ]


def _last_response(session: ReadSession, delivery: WebhookDeliveryRow) -> str:
    attempt = session.get(WebhookAttemptRow, (delivery.id, delivery.attempts))
    if attempt is None:
        return "never tried"
    return f"answered {attempt.status}" if attempt.status is not None else attempt.error or "no answer"


def _dead_rows() -> Select[OutboxRow]:
    return select(OutboxRow).where(OutboxRow.takes >= literal_column(str(MIN_TAKES)))


def _outbox(session: ReadSession, limit: int, after: str | None) -> list[DeadLetter]:
    query = _dead_rows() if after is None else _dead_rows().where(OutboxRow.id < int(after.removeprefix(_OUTBOX)))
    rows = session.scalars(query.order_by(OutboxRow.id.desc()).limit(limit))
    return [
        _letter("outbox", f"{_OUTBOX}{row.id}", row.payload.get("tenant_id"), row.topic, row.takes, row.created_at)
        for row in rows
    ]


def _letter(
    kind: DeadLetterKind, id: str, tenant_id: str | None, reason: str, attempts: int, since: datetime | None
) -> DeadLetter:
    return DeadLetter.model_validate(
        {"id": id, "kind": kind, "tenant_id": tenant_id, "reason": reason, "attempts": attempts, "since": since}
    )
