"""Shared by the job routes: submission, dry runs, `Prefer: wait`, views and scopes."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.deps import AppState
from api.idempotency import Allow, IdempotentPost, IdempotentPostDep, StoredResponse, any_key
from api.waiting import JobStatus, wait_preference
from services.accounts.service import Principal, check_key
from services.db.sessions import Database, ReadSession, WriteSession
from services.db.tables import JobRow
from services.jobs import views
from services.jobs.state import repository
from services.jobs.submission.defaults import JobRequest
from services.jobs.submission.estimates import estimate
from services.jobs.submission.submit import submit
from services.outgoing.guard import Guard, TargetRefused
from shared.errors import Invalid
from shared.schemas.common import QueryBool, Scope
from shared.schemas.job import Job, JobState

SCOPES: dict[str, Scope] = {"training": "train", "generation": "generate", "evaluation": "generate"}
"""The scope needed for each kind of job."""

LOCATION = "/v1/jobs/{id}"
Prefer = Annotated[
    str | None,
    Header(description="`wait=N` holds the answer until the job ends or N seconds (at most 60) have passed."),
]
DryRun = Annotated[
    QueryBool, Query(description="Check the request, resolve its defaults, estimate its wait and cost; make nothing.")
]
_TRACEPARENT = re.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


async def trace_parent(
    traceparent: Annotated[
        str | None, Header(description="W3C Trace Context; travels with the job to the worker and to webhooks.")
    ] = None,
) -> str | None:
    """The caller's `traceparent`; a malformed one is ignored (W3C Trace Context, section 3.2.2)."""
    return traceparent if traceparent and _TRACEPARENT.fullmatch(traceparent) else None


TraceParent = Annotated[str | None, Depends(trace_parent)]


class JobPost(NamedTuple):
    """A POST that submits a job, with the options of all of them."""

    post: IdempotentPost
    traceparent: str | None
    prefer: str | None
    dry_run: bool


async def job_post(
    post: IdempotentPostDep, traceparent: TraceParent, prefer: Prefer = None, *, dry_run: DryRun = False
) -> JobPost:
    """The job submission of this request."""
    return JobPost(post, traceparent, prefer, dry_run)


JobPostDep = Annotated[JobPost, Depends(job_post)]
MakeJob = Callable[[WriteSession], JobRow]


def view(state: AppState, session: ReadSession, job: JobRow) -> Job:
    """The job resource with fresh URLs."""
    return view_all(state, session, [job])[job.id]


def view_all(state: AppState, session: ReadSession, jobs: Sequence[JobRow]) -> dict[str, Job]:
    """Job resources by id."""
    return views.resources(session, jobs, views.Links(state.settings.public_url, state.store.presign_get))


def read(state: AppState, tenant_id: str, job_id: str) -> Job:
    """Raises NotFound."""
    with state.database.read() as session:
        return view(state, session, repository.get(session, tenant_id, job_id))


def _read_again(state: AppState, caller: Principal, job_id: str) -> Job:
    """`read` after a wait. Raises NotFound, and Unauthorized if the key was revoked meanwhile."""
    with state.database.read() as session:
        check_key(session, caller.key_id, state.clock.now())
        return view(state, session, repository.get(session, caller.tenant_id, job_id))


def require_scope_of(caller: Principal, job_id: str, session: ReadSession) -> None:
    """Raises Forbidden unless the key has the scope that the kind of this job needs, and NotFound."""
    caller.require(SCOPES[repository.kind_of(session, caller.tenant_id, job_id)])


def statuses(database: Database, job_ids: frozenset[str]) -> dict[str, JobStatus]:
    """The states of jobs, as `JobWatch` reads them."""
    with database.read() as session:
        found = repository.states(session, job_ids)
    return {job_id: JobStatus(state_seq, JobState(state).is_terminal) for job_id, state, state_seq in found}


def check_webhook(guard: Guard, url: str | None, pointer: str = "/webhook_url") -> None:
    """Check a webhook URL against the outgoing address policy, without name resolution. Raises Invalid."""
    try:
        if url is not None:
            guard.parse(url)
    except TargetRefused as error:
        raise Invalid.at(pointer, error.code, error.message) from error


async def create_job(job_post: JobPost, caller: Principal, request: JobRequest) -> Response:
    """Submit a job, or estimate it in a dry run: nothing is created and no idempotency key is used."""
    post, traceparent, prefer, dry_run = job_post
    state, tenant_id = post.state, caller.tenant_id

    def estimate_job() -> str:
        check_webhook(state.guard, request.webhook_url)
        with state.database.read() as session:
            return estimate(session, tenant_id, request, state.catalogue, now=state.clock.now()).model_dump_json()

    def make(session: WriteSession) -> JobRow:
        check_webhook(state.guard, request.webhook_url)
        now = state.clock.now()
        return submit(session, tenant_id, request, state.catalogue, now=now, traceparent=traceparent)

    if dry_run:
        return Response(await run_in_threadpool(estimate_job), media_type="application/json")
    return await respond_with_new(post, make, prefer)


async def respond_with_new(post: IdempotentPost, make: MakeJob, prefer: str | None, allow: Allow = any_key) -> Response:
    """Create a job once and respond 202, or with `Prefer: wait` after the wait: 200 if the job has ended.

    Waiting holds no thread and no database connection.
    """

    def work(session: WriteSession) -> Job:
        return view(post.state, session, make(session))

    return await respond_with(post, partial(post.once, work, status=202, location=LOCATION, allow=allow), prefer)


async def respond_with(post: IdempotentPost, act: Callable[[], StoredResponse], prefer: str | None) -> Response:
    """`respond_with_new` for a job that `act` creates in a thread."""
    answer = await run_in_threadpool(act)
    seconds = wait_preference(prefer)
    return await _held(post, answer, seconds) if seconds else answer.response()


async def _held(post: IdempotentPost, answer: StoredResponse, seconds: float) -> Response:
    job_id: str = answer.value()["id"]
    ended = await post.state.watch.ended(job_id, within=seconds)
    job = await run_in_threadpool(_read_again, post.state, post.principal, job_id)
    held = StoredResponse(200 if ended else 202, job.model_dump_json(), answer.location, replayed=answer.replayed)
    return held.response(**{"Preference-Applied": f"wait={seconds:g}"})
