"""The worker registry: check-in, drain and resume, and notification of another worker."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, and_, delete, select, update

from services.db.dialects import upsert
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import AttemptRow, JobRow, WorkerRow
from services.jobs.scheduling.notifications import notify
from services.jobs.scheduling.queues import all_queues
from services.jobs.scheduling.waiting import has_due_job
from shared.errors import NotFound
from shared.schemas.job import ACTIVE
from shared.schemas.worker import Drain, Readiness, Worker, WorkerState

SILENT_AFTER = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(hours=1)
IDLE_SEEN_WITHIN = timedelta(seconds=6)
"""Three check-in intervals; a killed worker counts as idle no longer than this."""
PASS_ON = timedelta(seconds=1)


class RegisteredWorker(NamedTuple):
    """A worker and the id of the job that it runs."""

    row: WorkerRow
    job_id: str | None


def check_in(
    session: WriteSession, name: str, queues: Collection[str], now: datetime, cached: Collection[str] = ()
) -> Drain | None:
    """Register a worker, or refresh its registration: its queues and the base models that it has cached.

    Returns the drain mode that an operator has requested for it, or None.
    """
    values = {"name": name, "queues": sorted(queues), "warm": sorted(cached), "started_at": now, "seen_at": now}
    upsert(session, WorkerRow, values, keys=["name"], changes=["queues", "warm", "seen_at"])
    return _drain_of(session, name)


def check_out(session: WriteSession, name: str) -> None:
    """Remove a worker that has ended."""
    session.execute(delete(WorkerRow).where(WorkerRow.name == name))


def delete_silent(session: WriteSession, now: datetime) -> int:
    """Delete workers not seen for `FORGOTTEN_AFTER`; returns their number."""
    return session.execute(delete(WorkerRow).where(WorkerRow.seen_at < now - FORGOTTEN_AFTER))


def readiness(session: ReadSession, base_models: Collection[str], now: datetime) -> dict[str, Readiness]:
    """For each base model, whether a worker has it cached (`warm`), serves it (`cold`), or none does (`unserved`)."""
    query = select(WorkerRow).where(WorkerRow.drain.is_(None), WorkerRow.seen_at >= now - SILENT_AFTER)
    accepting = session.scalars(query)
    warm = {base_model for row in accepting for base_model in row.warm}
    served = {queue for row in accepting for queue in row.queues}
    return {
        base_model: "warm" if base_model in warm else "cold" if served & set(all_queues([base_model])) else "unserved"
        for base_model in base_models
    }


def accepts_jobs(session: ReadSession, name: str) -> bool:
    """Whether a worker may claim jobs: it is not drained."""
    return _drain_of(session, name) is None


def notify_other_worker(session: WriteSession, queue: str, now: datetime) -> None:
    """Notify the queue again in `PASS_ON` for another worker, if a due job is queued."""
    if has_due_job(session, queue, now):
        notify(session, queue, now + PASS_ON, f"passed-on:{queue}")


def notify_next(session: WriteSession, name: str, queue: str, now: datetime) -> None:
    """After a claim of the worker `name`: notify the queue again if more jobs wait in it and another worker is idle."""
    if has_other_idle_worker(session, name, queue, now) and has_due_job(session, queue, now):
        notify(session, queue, now)


def has_other_idle_worker(session: ReadSession, name: str, queue: str, now: datetime) -> bool:
    """Whether a worker other than `name` is idle in this queue."""
    return any(row.name != name and queue in row.queues for row in _idle(session, now))


def list_workers(session: ReadSession, limit: int, after: str | None = None) -> Sequence[RegisteredWorker]:
    """Up to `limit` workers in the order of names, after `after`."""
    query = _registered() if after is None else _registered().where(WorkerRow.name > after)
    return [RegisteredWorker(*row) for row in session.rows(query.order_by(WorkerRow.name).limit(limit))]


def get(session: ReadSession, name: str) -> RegisteredWorker:
    """Raises NotFound."""
    found = session.rows(_registered().where(WorkerRow.name == name))
    if not found:
        raise NotFound(f"no worker {name}")
    return RegisteredWorker(*found[0])


def drain(session: WriteSession, name: str, how: Drain) -> None:
    """Drain a worker: it claims no more jobs. The latest request counts. Raises NotFound."""
    _set_drain(session, name, how)


def resume(session: WriteSession, name: str, now: datetime) -> None:
    """End a worker's drain and notify its queues. Raises NotFound."""
    for queue in _set_drain(session, name, None).queues:
        notify(session, queue, now)


def view(worker: RegisteredWorker, now: datetime) -> Worker:
    """A worker as the API returns it."""
    row = worker.row
    return Worker.model_validate(
        {
            "name": row.name,
            "state": _state(worker, now),
            "queues": row.queues,
            "drain": row.drain,
            "job_id": worker.job_id,
            "started_at": row.started_at,
            "seen_at": row.seen_at,
        }
    )


def _state(worker: RegisteredWorker, now: datetime) -> WorkerState:
    if now - worker.row.seen_at > SILENT_AFTER:
        return WorkerState.SILENT
    if worker.row.drain is None:
        return WorkerState.WORKING if worker.job_id else WorkerState.IDLE
    return WorkerState.DRAINING if worker.job_id else WorkerState.DRAINED


def _drain_of(session: ReadSession, name: str) -> Drain | None:
    asked = session.scalar(select(WorkerRow.drain).where(WorkerRow.name == name))
    return Drain(asked) if asked else None


def _idle(session: ReadSession, now: datetime) -> list[WorkerRow]:
    here = and_(WorkerRow.drain.is_(None), WorkerRow.seen_at >= now - IDLE_SEEN_WITHIN)
    return [row for row, job_id in session.rows(_registered().where(here)) if job_id is None]


def _set_drain(session: WriteSession, name: str, how: Drain | None) -> WorkerRow:
    changed = session.returning(update(WorkerRow).where(WorkerRow.name == name).values(drain=how).returning(WorkerRow))
    if not changed:
        raise NotFound(f"no worker {name}")
    return changed[0]


def _registered() -> "Select[WorkerRow, str | None]":
    runs = and_(AttemptRow.job_id == JobRow.id, AttemptRow.number == JobRow.attempt)
    job_id = (
        select(JobRow.id)
        .join(AttemptRow, runs)
        .where(JobRow.state.in_(ACTIVE), AttemptRow.worker == WorkerRow.name)
        .limit(1)
        .scalar_subquery()
    )
    return select(WorkerRow, job_id)
