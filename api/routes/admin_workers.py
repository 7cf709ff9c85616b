"""Administration of workers: list, drain, resume."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import Admin, AppStateDep, AuditRecorderDep
from api.idempotency import IdempotentPostDep
from api.paging import AdminPagingDep
from api.request_rules import RULES
from api.responses import posted, problems
from services.db.sessions import WriteSession
from services.jobs.scheduling import workers
from shared.schemas.common import Page
from shared.schemas.worker import Drain, Worker, WorkerName

router = APIRouter(prefix="/v1/admin/workers", tags=["admin"], dependencies=RULES, responses=problems(401, 403))
How = Annotated[
    Drain, Query(description="`hand_over`: its training saves its place and another worker goes on; `finish`: it ends.")
]


@router.get("", operation_id="list_workers", responses=problems(422))
def list_workers(state: AppStateDep, paging: AdminPagingDep) -> Page[Worker]:
    """The workers seen within the last hour, by name."""
    with state.database.read() as session:
        found = workers.list_workers(session, paging.fetch, paging.after)
    now = state.clock.now()
    return paging.page(found, lambda seen: workers.view(seen, now), lambda seen: seen.row.name)


@router.get("/{name}", operation_id="get_worker", responses=problems(404))
def get_worker(name: WorkerName, state: AppStateDep, _: Admin) -> Worker:
    """One worker."""
    with state.database.read() as session:
        return workers.view(workers.get(session, name), state.clock.now())


@router.post(
    "/{name}/drain",
    operation_id="drain_worker",
    response_model=Worker,
    responses=posted(200, "It takes no more jobs.", 404),
)
def drain_worker(
    name: WorkerName,
    record: AuditRecorderDep,
    once: IdempotentPostDep,
    how: How = Drain.HAND_OVER,
) -> Response:
    """Drains a worker: it claims no more jobs until it is resumed or ends. Idempotent."""

    def work(session: WriteSession) -> Worker:
        workers.drain(session, name, how)
        record(session, name, how=how.value)
        return workers.view(workers.get(session, name), once.state.clock.now())

    return once.once(work, status=200).response()


@router.post(
    "/{name}/resume", operation_id="resume_worker", response_model=Worker, responses=posted(200, "It takes jobs.", 404)
)
def resume_worker(name: WorkerName, record: AuditRecorderDep, once: IdempotentPostDep) -> Response:
    """Resumes a worker, so that it claims jobs again. Idempotent."""

    def work(session: WriteSession) -> Worker:
        workers.resume(session, name, once.state.clock.now())
        record(session, name)
        return workers.view(workers.get(session, name), once.state.clock.now())

    return once.once(work, status=200).response()
