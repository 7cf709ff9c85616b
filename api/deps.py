"""Dependencies of handlers: the application state, the authenticated caller and the recorder of audit entries."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

from anyio import CapacityLimiter
from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.cursor import Cursors
from api.readiness import Readiness, ServerCheck
from api.single_flight import SingleFlight
from api.sse import EventBatch
from api.waiting import JobWatch
from services.accounts import audit
from services.accounts.rates import POLICY, RateLimiter
from services.accounts.service import Principal, authenticate
from services.clips.completion import Completion
from services.db.sessions import Database, WriteSession
from services.jobs.submission.promotion import Promotion
from services.moderation import Moderator
from services.outgoing.guard import Guard
from services.storage.port import ObjectStore
from services.webhooks.secret_box import SecretBox
from shared.base_models import BaseModelInfo
from shared.clock import Clock
from shared.errors import Forbidden, RateLimited, Unauthorized
from shared.schemas.common import Scope
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class AppState:
    """The application state: what handlers use, composed once in `api.main`."""

    settings: Settings
    clock: Clock
    database: Database
    store: ObjectStore
    completion: Completion
    examinations: CapacityLimiter
    """Limits the threads of `completion`, which do not count against those of other requests."""
    catalogue: dict[str, BaseModelInfo]
    guard: Guard
    secret_box: SecretBox
    moderator: Moderator
    cursors: Cursors
    watch: JobWatch
    event_reads: SingleFlight[EventBatch]
    promotion: Promotion
    rates: RateLimiter
    readiness: Readiness
    server_check: ServerCheck

    @property
    def prefix(self) -> str:
        """The path of the public URL, without a slash at its end."""
        return urlsplit(self.settings.public_url).path.rstrip("/")


async def state(request: Request) -> AppState:
    """The application state of this request's app."""
    return cast(AppState, request.app.state.choreo)


AppStateDep = Annotated[AppState, Depends(state)]
_bearer = HTTPBearer(
    scheme_name="key", bearerFormat="chk_...", description="An API key with scopes; stored hashed.", auto_error=False
)


async def principal(
    request: Request, state: AppStateDep, _: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Principal:
    """The authenticated caller. Raises Unauthorized, RateLimited.

    `api.key_first` has identified the caller of a request with a body.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    return known or await run_in_threadpool(identify, request, state)


def identify(request: Request, state: AppState) -> Principal:
    """The caller; counts the request against its rate limit. Raises Unauthorized, RateLimited."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("Send the API key as `Authorization: Bearer chk_...`.")
    with state.database.read() as session:
        caller = authenticate(session, token.strip(), state.clock.now())
    _count(request, state, caller)
    return caller


def _count(request: Request, state: AppState, caller: Principal) -> None:
    quota = caller.requests_per_minute or state.settings.requests_per_minute
    standing = state.rates.hit(caller.tenant_id, quota)
    request.state.rate = standing
    if standing is not None and not standing.is_admitted:
        message = f"{quota} requests in {standing.window_seconds} s are used"
        raise RateLimited(message, policies=(POLICY,), retry_after=max(1.0, standing.resets_in))


PrincipalDep = Annotated[Principal, Depends(principal)]


# Dependencies without I/O are `async`: FastAPI runs every plain function in a thread.


def needs(scope: Scope) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency: the caller, whose key must have this scope. Raises Unauthorized, Forbidden."""

    async def allowed(principal: PrincipalDep) -> Principal:
        principal.require(scope)
        return principal

    return allowed


async def writer(principal: PrincipalDep) -> Principal:
    """The caller, whose key must have the scope `train` or `generate`. Raises Unauthorized, Forbidden."""
    if not principal.scopes & {"train", "generate"}:
        raise Forbidden("this call needs a key with the scope 'train' or 'generate'")
    return principal


Reader = Annotated[Principal, Depends(needs("read"))]
Trainer = Annotated[Principal, Depends(needs("train"))]
Generator = Annotated[Principal, Depends(needs("generate"))]
Writer = Annotated[Principal, Depends(writer)]
Admin = Annotated[Principal, Depends(needs("admin"))]


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
