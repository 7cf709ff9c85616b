"""POST once: the first answer under an `Idempotency-Key` is stored with what it answers, told again for 24 hours."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Header, Request, Response
from pydantic import BaseModel

from api.deps import AppState, AppStateDep, PrincipalDep
from services.accounts import idempotency
from services.accounts.service import Principal
from services.db.sessions import WriteSession

REPLAYED_HEADER = "Idempotency-Replayed"
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Any text of your own, new for each intent: a repeated request with it gets the first answer.",
    ),
]


Body = TypeVar("Body", bound=BaseModel)


def _whole(body: BaseModel) -> BaseModel:
    return body


@dataclass(frozen=True, slots=True)
class Answer:
    """What a POST answers: the body as it is sent, and where the new resource is."""

    status: int
    body: str
    location: str | None = None
    replayed: bool = False

    def response(self, **headers: str) -> Response:
        """The answer on its way out, with more `headers`."""
        if self.location is not None:
            headers["Location"] = self.location.format_map(self.value())
        if self.replayed:
            headers[REPLAYED_HEADER] = "true"
        return Response(self.body, self.status, headers, media_type="application/json")

    def value(self) -> dict[str, Any]:
        """The body as an object."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Post:
    """One POST of one caller, carried out once however often it is sent. `location` is a template over the body."""

    state: AppState
    principal: Principal
    key: str | None
    fingerprint: str

    def once(
        self,
        work: Callable[[WriteSession], Body],
        *,
        status: int,
        location: str | None = None,
        kept: Callable[[Body], BaseModel] = _whole,
    ) -> Answer:
        """Does the work and keeps its answer in one transaction, or finds the answer there is.

        `kept` makes of an answer what is told again: less than the first one when that has a secret.
        Raises IdempotencyMismatch, IdempotencyInFlight and what the work raises, which frees the key again.
        """
        with self.state.database.write() as session:
            if known := self._begin(session, location):
                return known
            done = work(session)
            told = done.model_dump_json()
            self._complete(session, Answer(status, told if kept is _whole else kept(done).model_dump_json()))
            return Answer(status, told, location)

    def once_slowly(self, work: Callable[[], BaseModel], *, status: int, location: str | None = None) -> Answer:
        """The same for work that must not hold a transaction: while it runs, others are told that it is in flight."""
        with self.state.database.write() as session:
            if known := self._begin(session, location):
                return known
        try:
            answer = Answer(status, work().model_dump_json(), location)
        except BaseException:
            self._forget()
            raise
        with self.state.database.write() as session:
            return self._complete(session, answer)

    def _begin(self, session: WriteSession, location: str | None) -> Answer | None:
        if self.key is None:
            return None
        known = idempotency.begin(session, self.principal.tenant_id, self.key, self.fingerprint, self.state.clock.now())
        return known and Answer(known.status, known.body, location, replayed=True)

    def _complete(self, session: WriteSession, answer: Answer) -> Answer:
        if self.key is not None:
            now = self.state.clock.now()
            idempotency.complete(session, self.principal.tenant_id, self.key, answer.status, answer.body, now)
        return answer

    def _forget(self) -> None:
        if self.key is not None:
            with self.state.database.write() as session:
                idempotency.forget(session, self.principal.tenant_id, self.key)


async def post(request: Request, state: AppStateDep, principal: PrincipalDep, key: IdempotencyKey = None) -> Post:
    """This request as something to do once."""
    body = await request.body()
    fingerprint = idempotency.fingerprint(request.method, f"{request.url.path}?{request.url.query}", body)
    return Post(state, principal, key, fingerprint)
