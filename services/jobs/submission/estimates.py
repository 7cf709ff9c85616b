"""Estimates for dry runs: resolved spec, queue wait and GPU seconds. Nothing is written."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, distinct, func, or_, select

from services.accounts import quotas
from services.db.sessions import ReadSession
from services.db.tables import AttemptRow, JobRow
from services.jobs.scheduling import fairness
from services.jobs.scheduling.throughput import Throughput, wait, work_of
from services.jobs.scheduling.waiting import IS_QUEUED
from services.jobs.submission.defaults import Catalogue, JobRequest, NewSeed, new_seed, resolve_spec
from services.jobs.submission.submit import new_row
from services.jobs.submission.warnings import warnings_of
from shared.schemas.estimate import EvaluationEstimate, GenerationEstimate, Interval, TrainingEstimate
from shared.schemas.evaluation import EvaluationSpec
from shared.schemas.generation import GenerationSpec
from shared.schemas.job import ACTIVE, SPECS, JobState, Usage
from shared.schemas.training import TrainingSpec

MAX_PAST_JOBS = 50
MAX_WAITING_JOBS = 100
RECENT = timedelta(hours=1)
"""A worker that ended a job within this time counts as serving the queue."""
_ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED)
JobEstimate = TrainingEstimate | GenerationEstimate | EvaluationEstimate
_ESTIMATES: dict[type, type[JobEstimate]] = {
    TrainingSpec: TrainingEstimate,
    GenerationSpec: GenerationEstimate,
    EvaluationSpec: EvaluationEstimate,
}


def estimate(
    session: ReadSession,
    tenant_id: str,
    request: JobRequest,
    catalogue: Catalogue,
    *,
    now: datetime,
    seed: NewSeed = new_seed,
) -> JobEstimate:
    """The resolved spec, queue wait and cost of a request. Raises what `submit` raises."""
    spec = resolve_spec(session, tenant_id, request, catalogue, seed)
    job = new_row(tenant_id, spec, request, now, None)
    quotas.check_job(session, tenant_id, now)
    past = _past_jobs(session, job.queue)
    gpu_seconds = _gpu_seconds(past)
    throughput = Throughput.of(gpu_seconds)
    position = fairness.position_of_new(session, job)
    return _ESTIMATES[type(spec)].model_validate(
        {
            "spec": spec,
            "queue_position": position,
            "queue_wait_seconds": _wait(session, job.queue, position, Throughput.of(_durations(past)), now),
            "gpu_seconds": throughput and throughput.seconds(work_of(spec)),
            "confidence": throughput and throughput.confidence,
            "num_past_jobs": len(gpu_seconds),
            "warnings": warnings_of(session, tenant_id, spec, catalogue[spec.base_model]),
        }
    )


def _past_jobs(session: ReadSession, queue: str) -> Sequence[JobRow]:
    """The latest succeeded jobs of a queue, of all tenants."""
    there = (JobRow.queue == queue, JobRow.state == JobState.SUCCEEDED, JobRow.deleted_at.is_(None))
    query = select(JobRow).where(*there)
    return session.scalars(query.order_by(JobRow.finished_at.desc()).limit(MAX_PAST_JOBS))


def _gpu_seconds(past: Sequence[JobRow]) -> list[tuple[float, float]]:
    """(GPU seconds, work) of each job that reported GPU seconds."""
    used = [(Usage.model_validate(job.usage).gpu_seconds, _work(job)) for job in past]
    return [(seconds, work) for seconds, work in used if seconds > 0]


def _durations(past: Sequence[JobRow]) -> list[tuple[float, float]]:
    """(seconds from first start to end, work) of each job; lost attempts are included."""
    return [
        ((job.finished_at - job.started_at).total_seconds(), _work(job))
        for job in past
        if job.started_at and job.finished_at
    ]


def _wait(
    session: ReadSession, queue: str, position: int, throughput: Throughput | None, now: datetime
) -> Interval | None:
    running = session.scalars(select(JobRow).where(JobRow.queue == queue, JobRow.state.in_(ACTIVE)))
    waiting = session.scalars(
        select(JobRow).where(JobRow.queue == queue, IS_QUEUED).order_by(JobRow.created_at).limit(MAX_WAITING_JOBS)
    )
    remaining = [_work(job) * (1 - float(job.progress["fraction"])) for job in running]
    typical = sum(map(_work, waiting)) / len(waiting) if waiting else 0.0
    num_workers = max(1, len(running), _num_workers(session, queue, now))
    return wait(throughput, remaining, [typical] * position, num_workers)


def _num_workers(session: ReadSession, queue: str, now: datetime) -> int:
    """Number of workers with a running or recently ended job in the queue."""
    recently = and_(JobRow.state.in_(_ENDED), JobRow.finished_at >= now - RECENT)
    query = (
        select(func.count(distinct(AttemptRow.worker)))
        .join(JobRow, JobRow.id == AttemptRow.job_id)
        .where(JobRow.queue == queue, or_(JobRow.state.in_(ACTIVE), recently))
    )
    return session.scalar(query) or 0


def _work(job: JobRow) -> float:
    return work_of(SPECS[job.kind].model_validate(job.spec))
