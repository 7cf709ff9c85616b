"""Audit log entries: an admin handler calls its `AuditRecorder` in the transaction of the action."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from api.deps import Admin, AppState, AppStateDep
from services.accounts import audit
from services.db.sessions import WriteSession


@dataclass(frozen=True, slots=True)
class AuditRecorder:
    """Records one admin request."""

    state: AppState
    actor: audit.Actor
    action: str

    def __call__(self, session: WriteSession, target: str, **details: Any) -> None:
        """Insert the audit entry: the target's id, and details that must not contain secrets."""
        audit.record(session, self.actor, self.action, target, details, self.state.clock.now())


async def audit_recorder(request: Request, state: AppStateDep, caller: Admin) -> AuditRecorder:
    """The recorder of this request, named by its operation id. Raises Unauthorized, Forbidden."""
    actor = audit.Actor(caller.tenant_id, caller.key_id, request.state.request_id)
    return AuditRecorder(state, actor, request.scope["route"].operation_id)


AuditRecorderDep = Annotated[AuditRecorder, Depends(audit_recorder)]
