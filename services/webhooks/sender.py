"""Deliveries on their way: taken from the database, posted outside any transaction, recorded, scheduled again there."""

import random
import ssl
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, false, not_, or_, select, update

from services import outbox
from services.db.sessions import Database, WriteSession
from services.db.tables import WebhookAttemptRow, WebhookDeliveryRow, WebhookEndpointRow, WebhookMessageRow
from services.outgoing.guard import Guard, HostUnknown, TargetRefused
from services.webhooks import messages, service
from services.webhooks.bulkhead import NUM_AT_ONCE, NUM_PER_RECEIVER, Bulkhead, goes_to, receiver_of
from services.webhooks.http_post import Answer, post
from services.webhooks.retry_schedule import GONE, HOLD_SECONDS, Next, after_attempt
from services.webhooks.secret_box import SecretBox, SecretUnreadable
from services.webhooks.sign import sign, tenant_secret
from shared.clock import Clock
from shared.schemas.endpoint import DeliveryState

TIMEOUT_SECONDS = 15.0
NUM_NEW = 16
USER_AGENT = "Choreo-Webhooks/1.0"
NOBODY: Mapping[str, int] = {}


@dataclass(frozen=True)
class Due:
    """A delivery that is due, with what is sent. `num_attempts` counts those before this one.

    `secrets` are its endpoint's that sign now, sealed; None for a job's one-off URL, for which the tenant's own signs.
    """

    id: str
    tenant_id: str
    url: str
    endpoint_id: str | None
    secrets: tuple[str, ...] | None
    num_attempts: int
    message_id: str
    body: str
    traceparent: str | None


class WebhookSender:
    """Sends what is due, some at once, so that slow receivers delay only themselves. Any number may run at once.

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
        self._secret_box = SecretBox(secret_key)
        self._rng = rng or random.Random()
        self._pool = ThreadPoolExecutor(NUM_AT_ONCE, thread_name_prefix="webhook")
        self._bulkhead = Bulkhead()

    @property
    def num_posting(self) -> int:
        """How many receivers have been asked and have not been heard."""
        return len(self._bulkhead.posts)

    def step(self) -> bool:
        """Takes new messages from the outbox and starts what is due; true if there may be more to start at once.

        Raises what went wrong with the record of an earlier delivery; that delivery comes back by itself.
        """
        num_ended = self._collect()
        free = self._bulkhead.num_free
        with self._database.write() as session:
            num_new = _accept_new(session, self._clock.now())
            due = take_due(session, free, self._clock.now(), self._bulkhead.busy)
        for one in due:
            self._bulkhead.add(one.url, self._pool.submit(self._attempt, one))
        return bool(num_ended or num_new) or 0 < len(due) == free

    def settle(self, timeout: float = 60.0) -> None:
        """Waits until the posts in progress are recorded, at most `timeout` seconds."""
        wait(self._bulkhead.posts, timeout)
        self._collect()

    def close(self) -> None:
        """Ends after the posts in progress. One that is cut off instead is sent again later."""
        self._pool.shutdown()

    def _collect(self) -> int:
        ended = self._bulkhead.collect()
        for one in ended:
            one.result()
        return len(ended)

    def _attempt(self, due: Due) -> None:
        began, started = self._clock.now(), time.monotonic()
        answer = self._send(due, began)
        seconds = time.monotonic() - started
        with self._database.write() as session:
            record(session, due, answer, began=began, seconds=seconds, now=self._clock.now(), rng=self._rng)

    def _send(self, due: Due, now: datetime) -> Answer:
        try:
            target, secrets = self._guard.locate(due.url), self._secrets(due)
        except TargetRefused as error:
            return Answer(None, error.message, final=True)
        except (HostUnknown, SecretUnreadable) as error:
            return Answer(None, error.message)
        headers = sign(secrets, due.message_id, now, due.body)
        headers |= {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        headers |= {"traceparent": due.traceparent} if due.traceparent else {}
        return post(target, due.body.encode(), headers, timeout=self._timeout, context=self._tls)

    def _secrets(self, due: Due) -> tuple[str, ...]:
        """What signs this message. Raises SecretUnreadable."""
        if due.secrets is None:
            return (tenant_secret(self._secret_key, due.tenant_id),)
        return tuple(map(self._secret_box.open, due.secrets))


def _accept_new(session: WriteSession, now: datetime) -> int:
    items = outbox.take(session, outbox.WEBHOOK, NUM_NEW, now)
    for item in items:
        messages.accept(session, item, now)
    return len(items)


def take_due(session: WriteSession, limit: int, now: datetime, busy: Mapping[str, int] = NOBODY) -> Sequence[Due]:
    """Deliveries whose time has come, oldest first; others see them again after `HOLD_SECONDS`, unless recorded.

    `busy` are the posts in progress by receiver, none of which gets more than a few at once.
    """
    ids = _fit(session, limit, now, Counter(busy))
    if not ids:
        return []
    held = update(WebhookDeliveryRow).where(WebhookDeliveryRow.id.in_(ids))
    session.execute(held.values(next_attempt_at=now + timedelta(seconds=HOLD_SECONDS)))
    join = WebhookMessageRow.id == WebhookDeliveryRow.message_id
    rows = session.rows(
        select(WebhookDeliveryRow, WebhookMessageRow, WebhookEndpointRow)
        .join(WebhookMessageRow, join)
        .outerjoin(WebhookEndpointRow, WebhookEndpointRow.id == WebhookDeliveryRow.endpoint_id)
        .where(WebhookDeliveryRow.id.in_(ids))
        .order_by(WebhookDeliveryRow.id)
    )
    return [_due(delivery, message, endpoint, now) for delivery, message, endpoint in rows]


def _fit(session: WriteSession, limit: int, now: datetime, busy: Counter[str]) -> list[str]:
    """The oldest that are due to receivers with room, held: of one receiver's many, no more than it has room for."""
    chosen: list[str] = []
    while len(chosen) < limit and (heads := _heads(session, limit - len(chosen), now, chosen, busy)):
        for id, url in heads:
            if busy[receiver_of(url)] < NUM_PER_RECEIVER:
                busy[receiver_of(url)] += 1
                chosen.append(id)
    return chosen


def _heads(
    session: WriteSession, limit: int, now: datetime, chosen: Sequence[str], busy: Mapping[str, int]
) -> Sequence[Row[str, str]]:
    full = [goes_to(receiver) for receiver, number in busy.items() if number >= NUM_PER_RECEIVER]
    due = (WebhookDeliveryRow.state == DeliveryState.PENDING, WebhookDeliveryRow.next_attempt_at <= now)
    return session.rows(
        select(WebhookDeliveryRow.id, WebhookDeliveryRow.url)
        .where(*due, WebhookDeliveryRow.id.not_in(chosen), not_(or_(false(), *full)))
        .order_by(WebhookDeliveryRow.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def _due(
    delivery: WebhookDeliveryRow, message: WebhookMessageRow, endpoint: WebhookEndpointRow | None, now: datetime
) -> Due:
    return Due(
        id=delivery.id,
        tenant_id=delivery.tenant_id,
        url=delivery.url,
        endpoint_id=delivery.endpoint_id,
        secrets=service.secrets_of(endpoint, now) if endpoint else None,
        num_attempts=delivery.attempts,
        message_id=message.id,
        body=message.body,
        traceparent=message.traceparent,
    )


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
    """Writes how an attempt ended and what follows; false, and nothing, if someone else recorded that attempt first.

    An endpoint that is gone is disabled. One that was disabled meanwhile gets no further attempt.
    """
    if answer.status == GONE and due.endpoint_id is not None:
        service.disable(session, due.endpoint_id, "gone", now)
    ours = (WebhookDeliveryRow.id == due.id, WebhookDeliveryRow.attempts == due.num_attempts)
    delivery = session.scalar(select(WebhookDeliveryRow).where(*ours).with_for_update())
    if delivery is None:
        return False
    number = due.num_attempts + 1
    following = after_attempt(answer, number - delivery.ladder_from, now, rng)
    if following.at is not None and delivery.state != DeliveryState.PENDING:
        following = Next(DeliveryState(delivery.state))
    session.execute(
        update(WebhookDeliveryRow)
        .where(*ours)
        .values(
            state=following.state,
            attempts=number,
            next_attempt_at=following.at,
            finished_at=None if following.at else now,
        )
    )
    session.add(
        WebhookAttemptRow(
            delivery_id=due.id, number=number, status=answer.status, error=answer.error, seconds=seconds, at=began
        )
    )
    return True
