"""Admin acts on record: a handler calls its `Act` in the transaction that carries the act out."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from api.deps import Admin, AppState, AppStateDep
from services.accounts import audit
from services.db.sessions import WriteSession


@dataclass(frozen=True, slots=True)
class Act:
    """One call of an operator's."""

    state: AppState
    actor: audit.Actor
    action: str

    def __call__(self, session: WriteSession, target: str, **details: Any) -> None:
        """Put it on record: done to `target`, with what was asked for, which must hold no secret."""
        audit.record(session, self.actor, self.action, target, details, self.state.clock.now())


async def act(request: Request, state: AppStateDep, caller: Admin) -> Act:
    """The act that this call is, by its operation id. Raises Unauthorized and Forbidden."""
    actor = audit.Actor(caller.tenant_id, caller.key_id, request.state.request_id)
    return Act(state, actor, request.scope["route"].operation_id)


ActDep = Annotated[Act, Depends(act)]
