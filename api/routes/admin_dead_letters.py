"""Dead letters: work that exhausted its automatic retries."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import AppStateDep, AuditRecorderDep
from api.idempotency import IdempotentPostDep
from api.job_requests import TraceParent
from api.paging import AdminPagingDep
from api.request_rules import RULES
from api.responses import posted, problems
from services.db.sessions import WriteSession
from services.jobs.lifecycle import dead_letters
from shared.schemas.audit import DeadLetter, DeadLetterId, DeadLetterKind, Requeued
from shared.schemas.common import Page

router = APIRouter(prefix="/v1/admin/dead-letters", tags=["admin"], dependencies=RULES, responses=problems(401, 403))
OfKind = Annotated[DeadLetterKind, Query(description="Failed jobs, undelivered webhooks, or outbox rows.")]


@router.get("", operation_id="list_dead_letters", responses=problems(422))
def list_dead_letters(state: AppStateDep, paging: AdminPagingDep, kind: OfKind = "job") -> Page[DeadLetter]:
    """Newest first."""
    with state.database.read() as session:
        found = dead_letters.list_page(session, kind, paging.fetch, paging.after)
    return paging.page(found, lambda letter: letter, lambda letter: letter.id)


@router.post(
    "/{letter_id}/requeue",
    status_code=202,
    operation_id="requeue_dead_letter",
    response_model=Requeued,
    responses=posted(202, "It is tried again.", 404),
)
def requeue_dead_letter(
    letter_id: DeadLetterId,
    record: AuditRecorderDep,
    once: IdempotentPostDep,
    traceparent: TraceParent,
) -> Response:
    """Requeues a dead letter: a job as a new job, a delivery with a full retry schedule, an outbox row at once."""

    def work(session: WriteSession) -> Requeued:
        made = dead_letters.requeue(session, letter_id, once.state.clock.now(), traceparent)
        record(session, letter_id, job_id=made.job_id)
        return made

    return once.once(work, status=202).response()
