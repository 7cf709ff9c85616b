"""What attempts left in storage that no row names: found once for each job, a while after its end, and removed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobRow, VersionRow
from services.jobs.files.inputs import job_prefix


@dataclass(frozen=True)
class Ended:
    """A job that is over: the folder of all its attempts, and the objects in there that the record names."""

    job_id: str
    prefix: str
    named: frozenset[str]


def uncollected(session: ReadSession, *, now: datetime, after: timedelta, limit: int = 20) -> Sequence[Ended]:
    """Jobs that ended at least `after` ago and have not been looked at, oldest first.

    The wait is for attempts that do not know yet that they have lost their job: they may still be writing.
    """
    over = (JobRow.collected_at.is_(None), JobRow.finished_at < now - after)
    rows = session.scalars(select(JobRow).where(*over).order_by(JobRow.finished_at).limit(limit))
    return [Ended(row.id, job_prefix(row), frozenset(_named(session, row))) for row in rows]


def collected(session: WriteSession, job_id: str, now: datetime) -> None:
    """A job's leftovers are gone."""
    session.execute(update(JobRow).where(JobRow.id == job_id).values(collected_at=now))


def _named(session: ReadSession, job: JobRow) -> Iterable[str]:
    """Every key that a result, a version of the job's concept, a kept checkpoint or a preview names."""
    result: dict[str, Any] = job.result or {}
    checkpoint: dict[str, Any] = job.checkpoint or {}
    for file in [*result.get("artifacts", ()), *checkpoint.get("files", ())]:
        yield file["key"]
    yield from (one["file"]["key"] for one in job.previews if one["file"])
    if "manifest_key" in result:
        yield result["manifest_key"]
    if job.kind == "training":
        for version in session.scalars(select(VersionRow).where(VersionRow.concept_id == job.concept_id)):
            yield version.manifest_key
            yield from (file["key"] for file in version.artifacts)
