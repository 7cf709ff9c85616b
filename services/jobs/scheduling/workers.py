"""Who works: workers say that they are there, and are told to take no more jobs (drain) or to take some again."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, and_, delete, exists, select, update

from services.db.dialects import upsert
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import AttemptRow, JobRow, WorkerRow
from services.jobs.scheduling import fairness
from services.jobs.scheduling.notifications import notify
from services.jobs.scheduling.queues import all_queues
from shared.errors import NotFound
from shared.schemas.job import ACTIVE
from shared.schemas.worker import Drain, Readiness, Worker, WorkerState

SILENT_AFTER = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(hours=1)
IDLE_SEEN_WITHIN = timedelta(seconds=6)
"""Three times what a worker waits between two words: one that was killed must not count as idle for long."""
PASS_ON = timedelta(seconds=1)


class Seen(NamedTuple):
    """A worker, and the job that it runs."""

    row: WorkerRow
    job_id: str | None


def check_in(
    session: WriteSession, name: str, queues: Collection[str], now: datetime, warm: Collection[str] = ()
) -> Drain | None:
    """The worker is there, serves these queues and has the base models `warm` in memory.

    Returns whether, and how, it is to take leave of its queues.
    """
    values = {"name": name, "queues": sorted(queues), "warm": sorted(warm), "started_at": now, "seen_at": now}
    upsert(session, WorkerRow, values, keys=["name"], changes=["queues", "warm", "seen_at"])
    return _drain_of(session, name)


def check_out(session: WriteSession, name: str) -> None:
    """The worker is gone."""
    session.execute(delete(WorkerRow).where(WorkerRow.name == name))


def forget_silent(session: WriteSession, now: datetime) -> int:
    """Forget workers that were killed long ago; returns how many."""
    return session.execute(delete(WorkerRow).where(WorkerRow.seen_at < now - FORGOTTEN_AFTER))


def readiness(session: ReadSession, base_models: Collection[str], now: datetime) -> dict[str, Readiness]:
    """How soon a job on each of these base models could begin, were nobody else there."""
    taking = select(WorkerRow).where(WorkerRow.drain.is_(None), WorkerRow.seen_at >= now - SILENT_AFTER)
    there = session.scalars(taking)
    warm = {base_model for row in there for base_model in row.warm}
    served = {queue for row in there for queue in row.queues}
    return {
        base_model: "warm" if base_model in warm else "cold" if served & set(all_queues([base_model])) else "unserved"
        for base_model in base_models
    }


def takes_jobs(session: ReadSession, name: str) -> bool:
    """Whether a worker may claim."""
    return _drain_of(session, name) is None


def pass_on(session: WriteSession, queue: str, now: datetime) -> None:
    """A ring was heard by a worker that leaves the job to others: ring soon again, for another one, if a job waits."""
    waiting = select(exists().where(JobRow.queue == queue, fairness.is_due(now)))
    if session.scalar(waiting):
        notify(session, queue, now + PASS_ON, f"passed-on:{queue}")


def notify_idle(session: WriteSession, now: datetime) -> list[str]:
    """Ring in each queue where a job waits although one of its workers is idle: the first ring was lost.

    Returns those queues. A ring that was not lost makes this one vain, which costs one statement.
    """
    served = {queue for row in _idle(session, now) for queue in row.queues}
    waiting = select(JobRow.queue).where(fairness.is_due(now), JobRow.queue.in_(served)).distinct()
    queues = sorted(session.scalars(waiting)) if served else []
    for queue in queues:
        notify(session, queue, now, f"idle:{queue}")
    return queues


def another_is_idle(session: ReadSession, name: str, queue: str, now: datetime) -> bool:
    """Whether a worker other than this one has nothing to do in this queue."""
    return any(row.name != name and queue in row.queues for row in _idle(session, now))


def list_seen(session: ReadSession, limit: int, after: str | None = None) -> Sequence[Seen]:
    """Up to `limit` workers by name, those after `after`."""
    query = _seen() if after is None else _seen().where(WorkerRow.name > after)
    return [Seen(*row) for row in session.rows(query.order_by(WorkerRow.name).limit(limit))]


def get(session: ReadSession, name: str) -> Seen:
    """Raises NotFound."""
    found = session.rows(_seen().where(WorkerRow.name == name))
    if not found:
        raise NotFound(f"no worker {name}")
    return Seen(*found[0])


def drain(session: WriteSession, name: str, how: Drain) -> None:
    """Have a worker take no more jobs; the latest word counts. Raises NotFound."""
    _set_drain(session, name, how)


def resume(session: WriteSession, name: str, now: datetime) -> None:
    """Have a worker take jobs again, and ring for what waits in its queues. Raises NotFound."""
    for queue in _set_drain(session, name, None).queues:
        notify(session, queue, now)


def view(seen: Seen, now: datetime) -> Worker:
    """A worker as the API shows it."""
    row = seen.row
    return Worker.model_validate(
        {
            "name": row.name,
            "state": _state(seen, now),
            "queues": row.queues,
            "drain": row.drain,
            "job_id": seen.job_id,
            "started_at": row.started_at,
            "seen_at": row.seen_at,
        }
    )


def _state(seen: Seen, now: datetime) -> WorkerState:
    if now - seen.row.seen_at > SILENT_AFTER:
        return WorkerState.SILENT
    if seen.row.drain is None:
        return WorkerState.WORKING if seen.job_id else WorkerState.IDLE
    return WorkerState.DRAINING if seen.job_id else WorkerState.DRAINED


def _drain_of(session: ReadSession, name: str) -> Drain | None:
    asked = session.scalar(select(WorkerRow.drain).where(WorkerRow.name == name))
    return Drain(asked) if asked else None


def _idle(session: ReadSession, now: datetime) -> list[WorkerRow]:
    here = and_(WorkerRow.drain.is_(None), WorkerRow.seen_at >= now - IDLE_SEEN_WITHIN)
    return [row for row, job_id in session.rows(_seen().where(here)) if job_id is None]


def _set_drain(session: WriteSession, name: str, how: Drain | None) -> WorkerRow:
    changed = session.returning(update(WorkerRow).where(WorkerRow.name == name).values(drain=how).returning(WorkerRow))
    if not changed:
        raise NotFound(f"no worker {name}")
    return changed[0]


def _seen() -> "Select[WorkerRow, str | None]":
    runs = and_(AttemptRow.job_id == JobRow.id, AttemptRow.number == JobRow.attempt)
    job_id = (
        select(JobRow.id)
        .join(AttemptRow, runs)
        .where(JobRow.state.in_(ACTIVE), AttemptRow.worker == WorkerRow.name)
        .limit(1)
        .scalar_subquery()
    )
    return select(WorkerRow, job_id)
