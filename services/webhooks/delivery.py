"""Deliveries on their way: taken from the database, posted outside any transaction, recorded, scheduled again there."""

import random
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from services import outbox
from services.db.sessions import Database, WriteSession
from services.db.tables import WebhookAttemptRow, WebhookDeliveryRow, WebhookMessageRow
from services.webhooks import messages
from services.webhooks.guard import Guard, HostUnknown, TargetRefused
from services.webhooks.post import Answer, post
from services.webhooks.schedule import DeliveryState, after_attempt
from services.webhooks.sign import sign, tenant_secret
from shared.clock import Clock

TIMEOUT_SECONDS = 15.0
HOLD_SECONDS = 60.0
NUM_AT_ONCE = 16
USER_AGENT = "Choreo-Webhooks/1.0"


@dataclass(frozen=True)
class Due:
    """A delivery that is due, with what is sent. `num_attempts` counts those before this one."""

    id: str
    tenant_id: str
    url: str
    num_attempts: int
    message_id: str
    body: str
    traceparent: str | None


class Courier:
    """Sends what is due, a few at once, so that a slow receiver delays only itself. Any number may run at once.

    `step` never waits for a receiver; `settle` does.
    """

    def __init__(
        self,
        database: Database,
        guard: Guard,
        *,
        secret_key: str,
        clock: Clock,
        timeout: float = TIMEOUT_SECONDS,
        tls: ssl.SSLContext | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """`secret_key` is the service's, from which the tenants' signing secrets come; `timeout` is in seconds."""
        self._database, self._guard, self._clock = database, guard, clock
        self._secret_key, self._timeout, self._tls = secret_key, timeout, tls
        self._rng = rng or random.Random()
        self._pool = ThreadPoolExecutor(NUM_AT_ONCE, thread_name_prefix="webhook")
        self._posting: set[Future[None]] = set()

    def step(self) -> bool:
        """Takes new messages from the outbox and starts what is due; true if there may be more to start at once.

        Raises what went wrong with the record of an earlier delivery; that delivery comes back by itself.
        """
        self._collect()
        free = NUM_AT_ONCE - len(self._posting)
        with self._database.write() as session:
            num_new = _accept_new(session, self._clock.now())
            due = take_due(session, free, self._clock.now())
        for one in due:
            self._posting.add(self._pool.submit(self._attempt, one))
        return bool(num_new) or 0 < len(due) == free

    def settle(self, timeout: float = 60.0) -> None:
        """Waits until the posts in progress are recorded, at most `timeout` seconds."""
        wait(self._posting, timeout)
        self._collect()

    def close(self) -> None:
        """Ends after the posts in progress. One that is cut off instead is sent again later."""
        self._pool.shutdown()

    def _collect(self) -> None:
        ended = {one for one in self._posting if one.done()}
        self._posting -= ended
        for one in ended:
            one.result()

    def _attempt(self, due: Due) -> None:
        began, started = self._clock.now(), time.monotonic()
        answer = self._send(due, began)
        seconds = time.monotonic() - started
        with self._database.write() as session:
            record(session, due, answer, began=began, seconds=seconds, now=self._clock.now(), rng=self._rng)

    def _send(self, due: Due, now: datetime) -> Answer:
        try:
            target = self._guard.locate(due.url)
        except TargetRefused as error:
            return Answer(None, error.message, final=True)
        except HostUnknown as error:
            return Answer(None, error.message)
        headers = sign([tenant_secret(self._secret_key, due.tenant_id)], due.message_id, now, due.body)
        headers |= {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        headers |= {"traceparent": due.traceparent} if due.traceparent else {}
        return post(target, due.body.encode(), headers, timeout=self._timeout, context=self._tls)


def _accept_new(session: WriteSession, now: datetime) -> int:
    items = outbox.take(session, outbox.WEBHOOK, NUM_AT_ONCE, now)
    for item in items:
        messages.accept(session, item, now)
    return len(items)


def take_due(session: WriteSession, limit: int, now: datetime) -> Sequence[Due]:
    """Deliveries whose time has come, oldest first; others see them again after `HOLD_SECONDS`, unless recorded."""
    query = (
        select(WebhookDeliveryRow.id)
        .where(WebhookDeliveryRow.state == DeliveryState.PENDING, WebhookDeliveryRow.next_attempt_at <= now)
        .order_by(WebhookDeliveryRow.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = session.scalars(query)
    if not ids:
        return []
    held = update(WebhookDeliveryRow).where(WebhookDeliveryRow.id.in_(ids))
    session.execute(held.values(next_attempt_at=now + timedelta(seconds=HOLD_SECONDS)))
    join = WebhookMessageRow.id == WebhookDeliveryRow.message_id
    rows = session.rows(
        select(WebhookDeliveryRow, WebhookMessageRow)
        .join(WebhookMessageRow, join)
        .where(WebhookDeliveryRow.id.in_(ids))
        .order_by(WebhookDeliveryRow.id)
    )
    return [
        Due(one.id, one.tenant_id, one.url, one.attempts, message.id, message.body, message.traceparent)
        for one, message in rows
    ]


def record(
    session: WriteSession,
    due: Due,
    answer: Answer,
    *,
    began: datetime,
    seconds: float,
    now: datetime,
    rng: random.Random,
) -> bool:
    """Writes how an attempt ended and what follows; false, and nothing, if someone else recorded that attempt first."""
    number = due.num_attempts + 1
    following = after_attempt(answer, number, now, rng)
    ours = (WebhookDeliveryRow.id == due.id, WebhookDeliveryRow.attempts == due.num_attempts)
    changed = session.execute(
        update(WebhookDeliveryRow)
        .where(*ours, WebhookDeliveryRow.state == DeliveryState.PENDING)
        .values(
            state=following.state,
            attempts=number,
            next_attempt_at=following.at,
            finished_at=None if following.at else now,
        )
    )
    if not changed:
        return False
    session.add(
        WebhookAttemptRow(
            delivery_id=due.id, number=number, status=answer.status, error=answer.error, seconds=seconds, at=began
        )
    )
    return True
