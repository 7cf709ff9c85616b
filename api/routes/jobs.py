"""Jobs of any kind: list, read, cancel, retry, events, logs, metrics; checkpoints, previews and promotion."""

from collections.abc import Awaitable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Header, Query, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BeforeValidator

from api import job_requests, sse
from api.deps import AppStateDep, PrincipalDep, Reader
from api.examples import PREVIEWS, PROMOTIONS
from api.idempotency import IdempotentPostDep
from api.job_requests import LOCATION, SCOPES, Prefer, TraceParent, read, require_scope_of, respond_with, view, view_all
from api.paging import PagingDep
from api.request_rules import RULES
from api.responses import posted, problems, submitted
from services.accounts.service import check_key
from services.db.sessions import WriteSession
from services.db.tables import JobRow
from services.jobs import views
from services.jobs.files import checkpoints
from services.jobs.lifecycle import cancellation, retention
from services.jobs.state import logs, repository
from services.jobs.state.events import job_events
from services.jobs.state.repository import JobFilter
from services.jobs.submission.preview_requests import request_preview
from services.jobs.submission.submit import retry
from services.moderation import moderate
from shared.schemas.common import DIGITS, ConceptId, JobId, Page, Timestamp
from shared.schemas.job import Job, JobKind, JobState, PromotionRequest, TrainingJob
from shared.schemas.logs import JobMetrics, LogLine
from shared.schemas.preview import PreviewRequest

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], dependencies=RULES, responses=problems(401, 403))
EVENTS_AT_ONCE = 500
ANY_PREVIEW, THE_NEWEST = PreviewRequest(), PromotionRequest()
"""The defaults of requests without a body."""
OfKind = Annotated[JobKind | None, Query(description="Only jobs of this kind.")]
InState = Annotated[JobState | None, Query(description="Only jobs in this state.")]
OfConcept = Annotated[ConceptId | None, Query(description="Only jobs of this concept.")]
CreatedAfter = Annotated[Timestamp | None, Query(description="Only jobs created at this time or later.")]
CreatedBefore = Annotated[Timestamp | None, Query(description="Only jobs created before this time.")]
OfAttempt = Annotated[int | None, Query(ge=1, lt=2**31, description="Default: the latest attempt."), DIGITS]
LastEventId = Annotated[
    int | None,
    Header(alias="Last-Event-ID", ge=0, lt=2**63, description="Go on after this event (`state_seq`)."),
    DIGITS,
    BeforeValidator(lambda text: text or None),  # a browser that has seen no event may send it empty
]
EVENT_STREAM = {
    200: {
        "description": "Events as they happen: `id` is the `state_seq`, `event` the type, `data` an Event as JSON.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    204: {"description": "The job has ended and you have seen it all: do not connect again."},
}


async def job_filter(
    kind: OfKind = None,
    state: InState = None,
    concept: OfConcept = None,
    created_after: CreatedAfter = None,
    created_before: CreatedBefore = None,
) -> JobFilter:
    """The requested filter."""
    return JobFilter(
        kind=kind, state=state, concept_id=concept, created_after=created_after, created_before=created_before
    )


@router.get("", operation_id="list_jobs", responses=problems(422))
def list_jobs(state: AppStateDep, paging: PagingDep, only: Annotated[JobFilter, Depends(job_filter)]) -> Page[Job]:
    """Newest first."""
    with state.database.read() as session:
        rows = repository.list_page(session, paging.tenant_id, paging.fetch, paging.after, only)
        found = view_all(state, session, rows[: paging.limit])
    return paging.page(rows, lambda row: found[row.id], lambda row: row.id)


@router.get("/{job_id}", operation_id="get_job", responses=problems(404))
def get_job(job_id: JobId, state: AppStateDep, caller: Reader) -> Job:
    """One job with its progress, attempts and result; URLs are fresh."""
    return read(state, caller.tenant_id, job_id)


@router.delete("/{job_id}", status_code=204, operation_id="delete_job", responses=problems(404, 409))
def delete_job(job_id: JobId, state: AppStateDep, caller: PrincipalDep) -> None:
    """Deletes an ended job and its files permanently. A version that it created stays with its concept.

    `GET /v1/deletions?subject={id}` shows when the files are deleted, and their number and size.
    """
    with state.database.write() as session:
        caller.require(SCOPES[repository.get(session, caller.tenant_id, job_id).kind])
        retention.delete(session, caller.tenant_id, job_id, state.clock.now())


@router.post("/{job_id}/cancel", operation_id="cancel_job", response_model=Job, responses=posted(200, "As it is.", 404))
def cancel_job(job_id: JobId, caller: PrincipalDep, once: IdempotentPostDep) -> Response:
    """Cancels a queued job at once; a running one is `canceling` until its engine has confirmed that it stopped."""

    def work(session: WriteSession) -> Job:
        return view(
            once.state, session, cancellation.cancel(session, caller.tenant_id, job_id, now=once.state.clock.now())
        )

    return once.once(work, status=200, allow=partial(require_scope_of, caller, job_id)).response()


@router.post(
    "/{job_id}/retry", status_code=202, operation_id="retry_job", response_model=Job, responses=submitted(Job, 404)
)
async def retry_job(
    job_id: JobId,
    caller: PrincipalDep,
    once: IdempotentPostDep,
    traceparent: TraceParent,
    prefer: Prefer = None,
) -> Response:
    """Creates a new job with the resolved spec of a failed or canceled one; `retry_of` names the original."""

    def make(session: WriteSession) -> JobRow:
        now = once.state.clock.now()
        return retry(session, caller.tenant_id, job_id, now=now, traceparent=traceparent)

    allow = partial(require_scope_of, caller, job_id)
    return await job_requests.respond_with_new(once, make, prefer, allow)


@router.post(
    "/{job_id}/checkpoint",
    status_code=202,
    operation_id="checkpoint_job",
    response_model=TrainingJob,
    responses=posted(202, "Asked for; `checkpoint` changes when it is stored.", 404),
)
def checkpoint_job(job_id: JobId, caller: PrincipalDep, once: IdempotentPostDep) -> Response:
    """Requests a checkpoint of a running training after its next step. The training continues."""

    def work(session: WriteSession) -> Job:
        return view(once.state, session, checkpoints.request_checkpoint(session, caller.tenant_id, job_id))

    return once.once(work, status=202, allow=partial(require_scope_of, caller, job_id)).response()


@router.post(
    "/{job_id}/preview",
    status_code=202,
    operation_id="preview_job",
    response_model=TrainingJob,
    responses=posted(202, "Asked for; the last of `previews` has the video when it is there.", 404),
)
def preview_job(
    job_id: JobId,
    caller: PrincipalDep,
    once: IdempotentPostDep,
    body: Annotated[PreviewRequest, Body(openapi_examples=PREVIEWS)] = ANY_PREVIEW,
) -> Response:
    """Requests a preview from a running training's current state. The training continues unchanged.

    The video is one of the job's `previews`, which are kept as long as the job.
    """
    state = once.state
    moderate(state.moderator, {"/prompt": body.prompt} if body.prompt else {})

    def work(session: WriteSession) -> Job:
        now = state.clock.now()
        return view(state, session, request_preview(session, caller.tenant_id, job_id, body, state.catalogue, now))

    return once.once(work, status=202, allow=partial(require_scope_of, caller, job_id)).response()


@router.post(
    "/{job_id}/promote",
    status_code=202,
    operation_id="promote_job",
    response_model=TrainingJob,
    responses=submitted(TrainingJob, 404),
)
async def promote_job(
    job_id: JobId,
    caller: PrincipalDep,
    once: IdempotentPostDep,
    traceparent: TraceParent,
    prefer: Prefer = None,
    body: Annotated[PromotionRequest, Body(openapi_examples=PROMOTIONS)] = THE_NEWEST,
) -> Response:
    """Creates a version from a training's checkpoint, whether the training is running or has ended.

    The response is a new, short training that resumes from the checkpoint and ends at its step; `retry_of` and
    `promoted_step` name them. A step is promoted once: repeated requests return the same training.
    """
    state, tenant_id = once.state, caller.tenant_id

    def work() -> Job:
        made = state.promotion.promote(tenant_id, job_id, step=body.step, traceparent=traceparent)
        return read(state, tenant_id, made)

    allow = partial(require_scope_of, caller, job_id)
    act = partial(once.once_outside_transaction, work, status=202, location=LOCATION, allow=allow)
    return await respond_with(once, act, prefer)


@router.get("/{job_id}/logs", operation_id="list_job_logs", responses=problems(404, 422))
def list_job_logs(job_id: JobId, state: AppStateDep, paging: PagingDep) -> Page[LogLine]:
    """The log lines of the job's attempts, oldest first. While it runs, new lines arrive with its heartbeats."""
    with state.database.read() as session:
        rows = logs.lines(session, paging.tenant_id, job_id, int(paging.after or 0), paging.fetch)
    return paging.page(rows, views.log_line, lambda row: str(row.id))


@router.get("/{job_id}/metrics", operation_id="get_job_metrics", responses=problems(404, 422))
def get_job_metrics(job_id: JobId, state: AppStateDep, caller: Reader, attempt: OfAttempt = None) -> JobMetrics:
    """Loss, time per step and memory of one attempt, as series."""
    with state.database.read() as session:
        job = repository.get(session, caller.tenant_id, job_id)
        points = logs.points(session, caller.tenant_id, job_id, attempt)
    return JobMetrics(attempt=job.attempt if attempt is None else attempt, points=points)


@router.get(
    "/{job_id}/events",
    operation_id="stream_job_events",
    response_class=Response,
    responses=EVENT_STREAM | problems(404),
)
async def stream_job_events(
    job_id: JobId, state: AppStateDep, caller: Reader, last_event_id: LastEventId = None
) -> Response:
    """The job's events as Server-Sent Events, from the first or after `Last-Event-ID`, until the job has ended."""
    after = last_event_id or 0

    def events_after(state_seq: int) -> sse.EventBatch:
        with state.database.read() as session:
            check_key(session, caller.key_id, state.clock.now())
            job = repository.get(session, caller.tenant_id, job_id)
            found = job_events(session, job, state_seq, EVENTS_AT_ONCE)
        seen_all = job.state_seq <= (found[-1].state_seq or 0 if found else state_seq)
        return sse.EventBatch(found, job.state_seq, ended=JobState(job.state).is_terminal and seen_all)

    first = await run_in_threadpool(events_after, after)
    if first.ended and not first.events:
        return Response(status_code=204)

    def read_on(state_seq: int) -> Awaitable[sse.EventBatch]:
        what = (caller.key_id, job_id, state_seq)
        return state.event_reads.read(what, lambda: run_in_threadpool(events_after, state_seq))

    events = sse.stream(job_id, first, read_on, state.watch, after=after)
    return StreamingResponse(events, media_type="text/event-stream", headers=sse.HEADERS)
