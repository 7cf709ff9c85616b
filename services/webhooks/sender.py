"""The webhook sender: takes due deliveries, posts them outside any transaction, records and reschedules them."""

import logging
import random
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from services import outbox
from services.db.isolation import isolate
from services.db.sessions import Database, WriteSession, is_disconnect
from services.db.tables import WebhookAttemptRow, WebhookDeliveryRow, WebhookEndpointRow, WebhookMessageRow
from services.outgoing.guard import Guard, HostUnknown, TargetRefused
from services.webhooks import messages, service
from services.webhooks.bulkhead import MAX_CONCURRENT, Bulkhead, Slots
from services.webhooks.due_deliveries import Cursor, select_due
from services.webhooks.http_post import PostResult, post
from services.webhooks.retry_schedule import GONE, HOLD_SECONDS, NextAttempt, after_attempt
from services.webhooks.secret_box import SecretBox, SecretUnreadable
from services.webhooks.sign import sign, tenant_secret
from shared.clock import Clock
from shared.schemas.endpoint import DeliveryState
from shared.text import clean

TIMEOUT_SECONDS = 15.0
MAX_NEW_MESSAGES = 16
USER_AGENT = "Choreo-Webhooks/1.0"
MAX_ERROR_LENGTH = 300

log = logging.getLogger(__name__)


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
        self._cursor: Cursor = {}

    @property
    def num_posting(self) -> int:
        """Number of requests in progress."""
        return len(self._bulkhead.posts)

    def step(self) -> bool:
        """Accept new messages from the outbox and start due deliveries; True if more may be due.

        A delivery whose result cannot be stored is logged, and becomes due again.
        """
        num_ended = self._collect()
        slots = self._bulkhead.slots()
        free = slots.num_free
        with self._database.write() as session:
            num_new = _accept_new(session, self._clock.now())
        with self._database.write() as session:
            due = take_due(session, slots, self._clock.now(), self._cursor)
        for one in due:
            self._bulkhead.add(one.tenant_id, one.url, self._pool.submit(self._attempt, one))
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
            if error := one.exception():
                log.error("the result of a delivery was not stored", exc_info=error)
        return len(ended)

    def _attempt(self, due: DueDelivery) -> None:
        """Send a delivery and record the answer. Any error is recorded as a failed attempt, which is retried."""
        began, started = self._clock.now(), time.monotonic()
        try:
            answer = self._send(due, began)
        except Exception as error:
            log.exception("%s: the attempt failed inside the service", due.id)
            answer = PostResult(None, f"the delivery could not be sent ({type(error).__name__})")
        seconds = time.monotonic() - started
        try:
            self._record(due, answer, began, seconds)
        except Exception as error:
            if is_disconnect(error):
                raise
            log.exception("%s: the answer could not be stored", due.id)
            self._record(due, PostResult(answer.status, "the answer could not be stored"), began, seconds)

    def _record(self, due: DueDelivery, answer: PostResult, began: datetime, seconds: float) -> None:
        with self._database.write() as session:
            record(session, due, answer, began=began, seconds=seconds, now=self._clock.now(), rng=self._rng)

    def _send(self, due: DueDelivery, now: datetime) -> PostResult:
        try:
            target, secrets = self._guard.locate(due.url, due.tenant_id), self._secrets(due)
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
    """Accept new messages. One that cannot be accepted is logged and tried again later, less and less often."""
    items = outbox.take(session, outbox.WEBHOOK, MAX_NEW_MESSAGES, now)
    isolate(
        session,
        items,
        lambda item: messages.accept(session, item, now),
        on_failure=lambda item, error: outbox.postpone(session, item, error, now),
    )
    return len(items)


def take_due(session: WriteSession, slots: Slots, now: datetime, cursor: Cursor | None = None) -> Sequence[DueDelivery]:
    """Take due deliveries for free slots, oldest first. Unless recorded, they are due again after `HOLD_SECONDS`."""
    ids = select_due(session, slots, now, {} if cursor is None else cursor)
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
    error = answer.error and clean(answer.error, MAX_ERROR_LENGTH)
    session.add(
        WebhookAttemptRow(
            delivery_id=due.id, number=number, status=answer.status, error=error, seconds=seconds, at=began
        )
    )
    return True
