"""The webhook sender: takes due deliveries, posts them outside any transaction, records and reschedules them."""

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
from services.webhooks.bulkhead import MAX_CONCURRENT, MAX_PER_RECEIVER, Bulkhead, goes_to, receiver_of
from services.webhooks.http_post import PostResult, post
from services.webhooks.retry_schedule import GONE, HOLD_SECONDS, NextAttempt, after_attempt
from services.webhooks.secret_box import SecretBox, SecretUnreadable
from services.webhooks.sign import sign, tenant_secret
from shared.clock import Clock
from shared.schemas.endpoint import DeliveryState

TIMEOUT_SECONDS = 15.0
MAX_NEW_MESSAGES = 16
USER_AGENT = "Choreo-Webhooks/1.0"
NO_REQUESTS: Mapping[str, int] = {}


@dataclass(frozen=True)
class DueDelivery:
    """A due delivery with its message. `num_attempts` counts the earlier attempts.

    `secrets` are the endpoint's active secrets, encrypted; None for a `webhook_url`: the tenant's secret signs.
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
    """Sends due deliveries concurrently, so that slow receivers delay only themselves. Several senders may run at once.

    `step` does not wait for receivers; `settle` does.
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
        """`secret_key` is the service's secret, from which tenant secrets are derived; `timeout` is in seconds."""
        self._database, self._guard, self._clock = database, guard, clock
        self._secret_key, self._timeout, self._tls = secret_key, timeout, tls
        self._secret_box = SecretBox(secret_key)
        self._rng = rng or random.Random()
        self._pool = ThreadPoolExecutor(MAX_CONCURRENT, thread_name_prefix="webhook")
        self._bulkhead = Bulkhead()

    @property
    def num_posting(self) -> int:
        """Number of requests in progress."""
        return len(self._bulkhead.posts)

    def step(self) -> bool:
        """Accept new messages from the outbox and start due deliveries; True if more may be due.

        Raises the error of an earlier delivery whose result could not be stored; that delivery becomes due again.
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
        """Wait until the requests in progress are recorded, at most `timeout` seconds."""
        wait(self._bulkhead.posts, timeout)
        self._collect()

    def close(self) -> None:
        """Wait for the requests in progress and stop. An interrupted delivery is sent again later."""
        self._pool.shutdown()

    def _collect(self) -> int:
        ended = self._bulkhead.collect()
        for one in ended:
            one.result()
        return len(ended)

    def _attempt(self, due: DueDelivery) -> None:
        began, started = self._clock.now(), time.monotonic()
        answer = self._send(due, began)
        seconds = time.monotonic() - started
        with self._database.write() as session:
            record(session, due, answer, began=began, seconds=seconds, now=self._clock.now(), rng=self._rng)

    def _send(self, due: DueDelivery, now: datetime) -> PostResult:
        try:
            target, secrets = self._guard.locate(due.url), self._secrets(due)
        except TargetRefused as error:
            return PostResult(None, error.message, final=True)
        except (HostUnknown, SecretUnreadable) as error:
            return PostResult(None, error.message)
        headers = sign(secrets, due.message_id, now, due.body)
        headers |= {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        headers |= {"traceparent": due.traceparent} if due.traceparent else {}
        return post(target, due.body.encode(), headers, timeout=self._timeout, context=self._tls)

    def _secrets(self, due: DueDelivery) -> tuple[str, ...]:
        """The secrets that sign this message. Raises SecretUnreadable."""
        if due.secrets is None:
            return (tenant_secret(self._secret_key, due.tenant_id),)
        return tuple(map(self._secret_box.decrypt, due.secrets))


def _accept_new(session: WriteSession, now: datetime) -> int:
    items = outbox.take(session, outbox.WEBHOOK, MAX_NEW_MESSAGES, now)
    for item in items:
        messages.accept(session, item, now)
    return len(items)


def take_due(
    session: WriteSession, limit: int, now: datetime, busy: Mapping[str, int] = NO_REQUESTS
) -> Sequence[DueDelivery]:
    """Take due deliveries, oldest first. Unless recorded, they become due again after `HOLD_SECONDS`.

    `busy` is the number of requests in progress by receiver; each receiver is limited to `MAX_PER_RECEIVER`.
    """
    ids = _select_due(session, limit, now, Counter(busy))
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


def _select_due(session: WriteSession, limit: int, now: datetime, busy: Counter[str]) -> list[str]:
    """Lock the oldest due deliveries whose receivers have capacity left."""
    chosen: list[str] = []
    while len(chosen) < limit and (heads := _oldest_per_receiver(session, limit - len(chosen), now, chosen, busy)):
        for id, url in heads:
            if busy[receiver_of(url)] < MAX_PER_RECEIVER:
                busy[receiver_of(url)] += 1
                chosen.append(id)
    return chosen


def _oldest_per_receiver(
    session: WriteSession, limit: int, now: datetime, chosen: Sequence[str], busy: Mapping[str, int]
) -> Sequence[Row[str, str]]:
    full = [goes_to(receiver) for receiver, number in busy.items() if number >= MAX_PER_RECEIVER]
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
) -> DueDelivery:
    return DueDelivery(
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
    due: DueDelivery,
    answer: PostResult,
    *,
    began: datetime,
    seconds: float,
    now: datetime,
    rng: random.Random,
) -> bool:
    """Store an attempt's result and the next attempt; False without effect if it was already recorded.

    An endpoint that answered 410 is disabled. A disabled endpoint gets no further attempt.
    """
    if answer.status == GONE and due.endpoint_id is not None:
        service.disable(session, due.endpoint_id, "gone", now)
    ours = (WebhookDeliveryRow.id == due.id, WebhookDeliveryRow.attempts == due.num_attempts)
    delivery = session.scalar(select(WebhookDeliveryRow).where(*ours).with_for_update())
    if delivery is None:
        return False
    number = due.num_attempts + 1
    following = after_attempt(answer, number - delivery.attempts_before_redelivery, now, rng)
    if following.at is not None and delivery.state != DeliveryState.PENDING:
        following = NextAttempt(DeliveryState(delivery.state))
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
