"""Idempotent POST: the first response for an `Idempotency-Key` is stored and replayed for 24 hours."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response
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


Allow = Callable[[WriteSession], None]
"""Raises Forbidden unless the key may do what is asked, and so may have the response to what another key did."""


def any_key(_: WriteSession) -> None:
    """The route's dependencies have checked the key."""


def _whole(body: BaseModel) -> BaseModel:
    return body


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The response to a POST: the body as sent, and the location of the new resource."""

    status: int
    body: str
    location: str | None = None
    replayed: bool = False

    def response(self, **headers: str) -> Response:
        """The HTTP response, with additional `headers`."""
        if self.location is not None:
            headers["Location"] = self.location.format_map(self.value())
        if self.replayed:
            headers[REPLAYED_HEADER] = "true"
        return Response(self.body, self.status, headers, media_type="application/json")

    def value(self) -> dict[str, Any]:
        """The parsed body."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class IdempotentPost:
    """A POST request that takes effect once, however often it is sent. `location` is a template over the body."""

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
        allow: Allow = any_key,
    ) -> StoredResponse:
        """Run `work` and store its response in one transaction, or return the stored response.

        `allow` raises unless this key may have either. `kept` converts a response to what is replayed, such as one
        without a secret.
        Raises IdempotencyMismatch, IdempotencyInFlight, and the errors of `work`, which release the key.
        """
        with self.state.database.write() as session:
            if known := self._begin(session, location, allow):
                return known
            done = work(session)
            body = done.model_dump_json()
            stored = body if kept is _whole else kept(done).model_dump_json()
            self._complete(session, StoredResponse(status, stored))
            return StoredResponse(status, body, self._located(location))

    def once_outside_transaction(
        self, work: Callable[[], BaseModel], *, status: int, location: str | None = None, allow: Allow = any_key
    ) -> StoredResponse:
        """`once` for work outside a transaction; meanwhile repeated requests get IdempotencyInFlight."""
        with self.state.database.write() as session:
            if known := self._begin(session, location, allow):
                return known
        try:
            answer = StoredResponse(status, work().model_dump_json(), self._located(location))
        except BaseException:
            self._forget()
            raise
        with self.state.database.write() as session:
            return self._complete(session, answer)

    def _begin(self, session: WriteSession, location: str | None, allow: Allow) -> StoredResponse | None:
        allow(session)
        if self.key is None:
            return None
        known = idempotency.begin(session, self.principal.tenant_id, self.key, self.fingerprint, self.state.clock.now())
        return known and StoredResponse(known.status, known.body, self._located(location), replayed=True)

    def _located(self, location: str | None) -> str | None:
        """The template of a location below the public URL's path."""
        return None if location is None else self.state.prefix + location

    def _complete(self, session: WriteSession, answer: StoredResponse) -> StoredResponse:
        if self.key is not None:
            now = self.state.clock.now()
            idempotency.complete(session, self.principal.tenant_id, self.key, answer.status, answer.body, now)
        return answer

    def _forget(self) -> None:
        if self.key is not None:
            with self.state.database.write() as session:
                idempotency.forget(session, self.principal.tenant_id, self.key)


async def idempotent_post(
    request: Request, state: AppStateDep, principal: PrincipalDep, key: IdempotencyKey = None
) -> IdempotentPost:
    """The idempotent POST of this request."""
    body = await request.body()
    fingerprint = idempotency.fingerprint(request.method, f"{request.url.path}?{request.url.query}", body)
    return IdempotentPost(state, principal, key, fingerprint)


IdempotentPostDep = Annotated[IdempotentPost, Depends(idempotent_post)]
