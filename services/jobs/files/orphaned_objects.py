"""Orphaned objects: files of attempts that no row references. Each ended job is searched for them once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from services.db.isolation import UNREADABLE, Quarantine
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import JobRow, VersionRow
from services.jobs.files.inputs import job_prefix


@dataclass(frozen=True)
class EndedJob:
    """An ended job: the prefix of its attempts, and the keys below it that rows reference."""

    job_id: str
    prefix: str
    referenced_keys: frozenset[str]


def find_unsearched(
    session: ReadSession, *, now: datetime, after: timedelta, limit: int = 20, quarantine: Quarantine
) -> Sequence[EndedJob]:
    """Jobs that ended at least `after` ago and were not searched yet, oldest first.

    The delay covers attempts that do not know yet that they are fenced and may still be uploading. A job whose row
    cannot be read is added to `quarantine`, and jobs in there are left out.
    """
    ended = (JobRow.collected_at.is_(None), JobRow.finished_at < now - after, JobRow.id.not_in(quarantine.ids))
    found: list[EndedJob] = []
    for row in session.scalars(select(JobRow).where(*ended).order_by(JobRow.finished_at).limit(limit)):
        try:
            found.append(EndedJob(row.id, job_prefix(row), frozenset(_referenced_keys(session, row))))
        except UNREADABLE as error:
            quarantine.add(row.id, error)
    return found


def mark_searched(session: WriteSession, job_id: str, now: datetime) -> None:
    """The orphaned objects of a job are deleted."""
    session.execute(update(JobRow).where(JobRow.id == job_id).values(collected_at=now))


def _referenced_keys(session: ReadSession, job: JobRow) -> Iterable[str]:
    """Every key that a result, a version of the job's concept, a checkpoint or a preview references."""
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
