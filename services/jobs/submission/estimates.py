"""Dry runs: what a request would become, when it would start and what it would use. Nothing is written."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, distinct, func, or_, select

from services.accounts import quotas
from services.db.sessions import ReadSession
from services.db.tables import AttemptRow, JobRow
from services.jobs.scheduling import fairness
from services.jobs.scheduling.throughput import Throughput, wait, work_of
from services.jobs.submission.defaults import Catalogue, NewSeed, evaluation_spec, generation_spec, new_seed
from services.jobs.submission.submit import new_row, resolve_training
from shared.schemas.estimate import EvaluationEstimate, GenerationEstimate, Interval, TrainingEstimate
from shared.schemas.evaluation import EvaluationRequest
from shared.schemas.generation import GenerationRequest
from shared.schemas.job import ACTIVE, SPECS, JobState, Spec, Usage
from shared.schemas.training import TrainingRequest

MOST_PAST_JOBS = 50
MOST_WAITING_JOBS = 500
LATELY = timedelta(hours=1)
_ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED)


def estimate_training(
    session: ReadSession,
    tenant_id: str,
    request: TrainingRequest,
    catalogue: Catalogue,
    *,
    now: datetime,
    seed: NewSeed = new_seed,
) -> TrainingEstimate:
    """What this training would be and cost. Raises what submitting it raises."""
    spec = resolve_training(session, tenant_id, request, catalogue, seed)
    job = new_row(tenant_id, spec, request, now, None)
    return TrainingEstimate(spec=spec, **_judged(session, job, spec, now))


def estimate_generation(
    session: ReadSession,
    tenant_id: str,
    request: GenerationRequest,
    catalogue: Catalogue,
    *,
    now: datetime,
    seed: NewSeed = new_seed,
) -> GenerationEstimate:
    """What this generation would be and cost. Raises what submitting it raises."""
    spec = generation_spec(session, tenant_id, request, catalogue, seed)
    job = new_row(tenant_id, spec, request, now, None)
    return GenerationEstimate(spec=spec, **_judged(session, job, spec, now))


def estimate_evaluation(
    session: ReadSession,
    tenant_id: str,
    request: EvaluationRequest,
    catalogue: Catalogue,
    *,
    now: datetime,
    seed: NewSeed = new_seed,
) -> EvaluationEstimate:
    """What this evaluation would be and cost. Raises Invalid as submitting it does."""
    spec = evaluation_spec(session, tenant_id, request, catalogue, seed)
    job = new_row(tenant_id, spec, request, now, None)
    return EvaluationEstimate(spec=spec, **_judged(session, job, spec, now))


def _judged(session: ReadSession, job: JobRow, spec: Spec, now: datetime) -> dict[str, Any]:
    quotas.check_job(session, job.tenant_id, now)
    past = _past(session, job.queue)
    used = _used(past)
    throughput = Throughput.of(used)
    position = fairness.position_of_new(session, job)
    return {
        "queue_position": position,
        "queue_wait_seconds": _wait(session, job.queue, position, Throughput.of(_lasted(past)), now),
        "gpu_seconds": throughput and throughput.seconds(work_of(spec)),
        "confidence": throughput and throughput.confidence,
        "num_past_jobs": len(used),
    }


def _past(session: ReadSession, queue: str) -> Sequence[JobRow]:
    """The latest jobs of a queue that succeeded, whosever they were."""
    there = (JobRow.queue == queue, JobRow.state == JobState.SUCCEEDED, JobRow.deleted_at.is_(None))
    query = select(JobRow).where(*there)
    return session.scalars(query.order_by(JobRow.finished_at.desc()).limit(MOST_PAST_JOBS))


def _used(past: Sequence[JobRow]) -> list[tuple[float, float]]:
    """The GPU seconds of each job that reported them, and its work."""
    used = [(Usage.model_validate(job.usage).gpu_seconds, _work(job)) for job in past]
    return [(seconds, work) for seconds, work in used if seconds > 0]


def _lasted(past: Sequence[JobRow]) -> list[tuple[float, float]]:
    """How long each job occupied its worker, lost attempts included, and its work."""
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
        select(JobRow).where(JobRow.queue == queue, JobRow.state == JobState.QUEUED).limit(MOST_WAITING_JOBS)
    )
    left = [_work(job) * (1 - float(job.progress["fraction"])) for job in running]
    typical = sum(map(_work, waiting)) / len(waiting) if waiting else 0.0
    num_workers = max(1, len(running), _num_workers(session, queue, now))
    return wait(throughput, left, [typical] * position, num_workers)


def _num_workers(session: ReadSession, queue: str, now: datetime) -> int:
    """How many workers serve a queue: those whose jobs run, or ended lately."""
    lately = and_(JobRow.state.in_(_ENDED), JobRow.finished_at >= now - LATELY)
    query = (
        select(func.count(distinct(AttemptRow.worker)))
        .join(JobRow, JobRow.id == AttemptRow.job_id)
        .where(JobRow.queue == queue, or_(JobRow.state.in_(ACTIVE), lately))
    )
    return session.scalar(query) or 0


def _work(job: JobRow) -> float:
    return work_of(SPECS[job.kind].model_validate(job.spec))
