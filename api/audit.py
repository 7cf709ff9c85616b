"""Admin acts on record: a handler calls its `Act` in the transaction that carries the act out."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from api.deps import Admin, Edge, EdgeDep
from services.accounts import audit
from services.db.sessions import WriteSession


@dataclass(frozen=True, slots=True)
class Act:
    """One call of an operator's."""

    edge: Edge
    actor: audit.Actor
    action: str

    def __call__(self, session: WriteSession, target: str, **details: Any) -> None:
        """Put it on record: done to `target`, with what was asked for, which must hold no secret."""
        audit.record(session, self.actor, self.action, target, details, self.edge.clock.now())


async def act(request: Request, edge: EdgeDep, caller: Admin) -> Act:
    """The act that this call is, by its operation id. Raises Unauthorized and Forbidden."""
    actor = audit.Actor(caller.tenant_id, caller.key_id, request.state.request_id)
    return Act(edge, actor, request.scope["route"].operation_id)


ActDep = Annotated[Act, Depends(act)]
