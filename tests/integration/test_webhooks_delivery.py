"""Deliveries from the outbox to a real receiver, on both databases, with a controllable clock."""

import json
import random
import socket
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import select

from services import outbox
from services.db.tables import OutboxRow, WebhookAttemptRow, WebhookDeliveryRow
from services.outgoing.name_lookups import MAX_PENDING_PER_OWNER
from services.webhooks.bulkhead import MAX_CONCURRENT, MAX_PER_RECEIVER, MAX_RECENT, Slots
from services.webhooks.http_post import PostResult
from services.webhooks.messages import accept
from services.webhooks.retry_schedule import HOLD_SECONDS, MAX_JITTER, RETRY_SCHEDULE, NextAttempt, after_attempt
from services.webhooks.sender import record, take_due
from services.webhooks.sign import tenant_secret, verify
from shared.schemas.endpoint import DeliveryState
from tests.receiver import BANNER, POISON, Receiver, Reply, poison_receiver, receiver
from tests.servers.process import free_port
from tests.waiting import wait_until
from tests.webhook_setup import DATA, KEY, WebhookSetup


def test_a_message_arrives_signed(webhooks: WebhookSetup, server: Receiver) -> None:
    webhooks.announce(server.url)
    webhooks.run()
    [got] = server.received
    body = got.body.decode()
    assert json.loads(body) == {"type": "training.succeeded", "timestamp": "2026-01-01T00:00:00Z", "data": DATA}
    assert verify(tenant_secret(KEY, webhooks.tenant_id), got.headers, body)
    assert (got.headers["webhook-id"], got.headers["traceparent"]) == ("evt_1", "00-ab-cd-01")
    assert got.headers["content-type"] == "application/json"
    [delivery], [attempt] = webhooks.deliveries(), webhooks.attempts()
    assert (delivery.state, delivery.attempts, delivery.next_attempt_at) == (DeliveryState.DELIVERED, 1, None)
    assert delivery.finished_at == webhooks.clock.now()
    assert (attempt.number, attempt.status, attempt.error) == (1, 204, None)
    webhooks.clock.advance(10 * 86400)
    webhooks.run()
    assert len(server.received) == 1


def test_without_endpoint_and_url_there_are_no_deliveries(webhooks: WebhookSetup) -> None:
    webhooks.announce(None)
    webhooks.run()
    assert webhooks.deliveries() == []
    with webhooks.database.write() as session:
        assert outbox.take(session, outbox.WEBHOOK, 10, webhooks.clock.advance(3600)) == []


def test_failures_follow_the_whole_retry_schedule(webhooks: WebhookSetup, server: Receiver) -> None:
    server.replies = [Reply(500)]
    webhooks.announce(server.url)
    webhooks.run()
    for number, seconds in enumerate(RETRY_SCHEDULE[1:], 1):
        assert (len(server.received), webhooks.state()) == (number, DeliveryState.PENDING)
        webhooks.clock.advance(seconds - 1)
        webhooks.run()
        assert len(server.received) == number
        webhooks.clock.advance(seconds * MAX_JITTER + 2)
        webhooks.run()
    assert (len(server.received), webhooks.state()) == (len(RETRY_SCHEDULE), DeliveryState.FAILED)
    assert {got.headers["webhook-id"] for got in server.received} == {"evt_1"}
    assert len({got.headers["webhook-timestamp"] for got in server.received}) == len(RETRY_SCHEDULE)
    assert [attempt.status for attempt in webhooks.attempts()] == [500] * len(RETRY_SCHEDULE)
    webhooks.clock.advance(30 * 86400)
    webhooks.run()
    assert len(server.received) == len(RETRY_SCHEDULE)


def test_a_failed_delivery_is_retried(webhooks: WebhookSetup, server: Receiver) -> None:
    server.replies = [Reply(503), Reply(200)]
    webhooks.announce(server.url)
    webhooks.run()
    webhooks.clock.advance(6)
    webhooks.run()
    assert webhooks.state() == DeliveryState.DELIVERED
    assert [attempt.status for attempt in webhooks.attempts()] == [503, 200]


def test_a_receiver_that_is_down_for_hours_gets_the_delivery_in_the_end(webhooks: WebhookSetup) -> None:
    port = free_port()
    webhooks.announce(f"http://127.0.0.1:{port}/hook")
    webhooks.run()
    for seconds in RETRY_SCHEDULE[1:5]:
        webhooks.clock.advance(seconds * (1 + MAX_JITTER) + 1)
        webhooks.run()
    assert webhooks.state() == DeliveryState.PENDING
    assert sum(RETRY_SCHEDULE[:5]) > 2 * 3600
    with receiver(port=port) as server:
        webhooks.clock.advance(RETRY_SCHEDULE[5] * (1 + MAX_JITTER) + 1)
        webhooks.run()
    assert (len(server.received), webhooks.state()) == (1, DeliveryState.DELIVERED)
    assert [attempt.status for attempt in webhooks.attempts()] == [None] * 5 + [204]


def test_status_410_disables_the_endpoint(webhooks: WebhookSetup, server: Receiver) -> None:
    server.replies = [Reply(410)]
    webhooks.announce(server.url)
    webhooks.run()
    assert webhooks.state() == DeliveryState.DISABLED
    webhooks.clock.advance(10 * 86400)
    webhooks.run()
    assert len(server.received) == 1


def test_a_receivers_retry_after_is_waited_for(webhooks: WebhookSetup, server: Receiver) -> None:
    server.replies = [Reply(429, (("Retry-After", "3600"),)), Reply(204)]
    webhooks.announce(server.url)
    webhooks.run()
    webhooks.clock.advance(3599)
    webhooks.run()
    assert len(server.received) == 1
    webhooks.clock.advance(1)
    webhooks.run()
    assert webhooks.state() == DeliveryState.DELIVERED


def test_a_redirect_is_a_failure(webhooks: WebhookSetup, server: Receiver) -> None:
    server.replies = [Reply(302, (("Location", server.url),))]
    webhooks.announce(server.url)
    webhooks.run()
    assert (len(server.received), webhooks.state()) == (1, DeliveryState.PENDING)


@pytest.mark.parametrize("url", ["http://10.0.0.1/hook", "https://169.254.169.254/latest/meta-data", "https://[::1]/"])
def test_a_forbidden_address_fails_at_once(webhooks: WebhookSetup, url: str) -> None:
    webhooks.announce(url)
    webhooks.run()
    [attempt] = webhooks.attempts()
    assert (webhooks.state(), attempt.status) == (DeliveryState.FAILED, None)
    assert "public" in (attempt.error or "") or "https" in (attempt.error or "")


def test_a_name_that_does_not_resolve_is_tried_again(webhooks: WebhookSetup) -> None:
    webhooks.announce("https://nowhere.invalid/hook")
    webhooks.run()
    assert webhooks.state() == DeliveryState.PENDING
    assert webhooks.attempts()[0].error == "nowhere.invalid does not resolve"


def test_a_slow_receiver_delays_neither_another_nor_the_database(webhooks: WebhookSetup, server: Receiver) -> None:
    server.hold = True
    with receiver() as quick:
        webhooks.announce(server.url, "evt_1")
        while webhooks.webhook_sender.step():
            pass
        wait_until(lambda: server.received, what="the slow receiver's request")
        webhooks.announce(quick.url, "evt_2")
        while webhooks.webhook_sender.step():
            pass
        wait_until(lambda: DeliveryState.DELIVERED in {one.state for one in webhooks.deliveries()}, timeout=20)
        assert len(quick.received) == 1
    server.released.set()
    webhooks.webhook_sender.settle()
    assert [one.state for one in webhooks.deliveries()].count(DeliveryState.PENDING) == 1


def test_receivers_that_hang_do_not_take_every_sender(webhooks: WebhookSetup, server: Receiver) -> None:
    """As many receivers as there are slots, each with more deliveries due."""
    with ExitStack() as hanging:
        for number in range(MAX_RECENT // MAX_PER_RECEIVER):
            url = hanging.enter_context(never_answering())
            for again in range(MAX_PER_RECEIVER + 1):
                webhooks.announce(url, f"evt_{number}_{again}")
        webhooks.announce(server.url, "evt_quick")

        def has_delivery() -> bool:
            webhooks.webhook_sender.step()
            return bool(server.received)

        wait_until(has_delivery, timeout=60, what="a delivery to the receiver that answers")
        assert {one.attempts for one in webhooks.deliveries() if one.url != server.url} == {0}
    webhooks.webhook_sender.settle()


def test_a_receiver_that_hangs_is_sent_little_at_once(webhooks: WebhookSetup, server: Receiver) -> None:
    server.hold = True
    for number in range(3 * MAX_PER_RECEIVER):
        webhooks.announce(server.url, f"evt_{number}")
    with receiver() as quick:
        webhooks.announce(quick.url, "evt_quick")
        while webhooks.webhook_sender.step():
            pass
        wait_until(lambda: quick.received, timeout=60, what="a delivery to the receiver that answers")
        wait_until(lambda: len(server.received) == MAX_PER_RECEIVER, timeout=60, what="all that it is sent at once")

        def is_only_waiting() -> bool:
            return not webhooks.webhook_sender.step() and webhooks.webhook_sender.num_posting == MAX_PER_RECEIVER

        wait_until(is_only_waiting, timeout=60, what="nothing more to begin")
        assert len(server.received) == MAX_PER_RECEIVER
    server.hold = False
    server.released.set()
    webhooks.run()
    assert len(server.received) == 3 * MAX_PER_RECEIVER


@contextmanager
def never_answering() -> Generator[str]:
    """The URL of a socket that accepts connections and never responds; they are closed at the end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook"


def test_a_message_accepted_twice_is_one_message(webhooks: WebhookSetup, server: Receiver) -> None:
    webhooks.announce(server.url)
    webhooks.accept_twice()
    webhooks.run()
    assert (len(webhooks.deliveries()), len(server.received)) == (1, 1)


def test_many_senders_send_once(webhooks: WebhookSetup, server: Receiver) -> None:
    for number in range(20):
        webhooks.announce(server.url, f"evt_{number}")
    senders = [webhooks.new_sender() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda webhook_sender: [webhook_sender.step() for _ in range(10)], senders))
    for webhook_sender in senders:
        webhook_sender.settle()
        webhook_sender.close()
    webhooks.run()
    assert sorted(got.headers["webhook-id"] for got in server.received) == sorted(f"evt_{n}" for n in range(20))
    assert {one.state for one in webhooks.deliveries()} == {DeliveryState.DELIVERED}


def test_a_crashed_sender_is_replaced_after_a_while(webhooks: WebhookSetup, server: Receiver) -> None:
    webhooks.announce(server.url)
    with webhooks.database.write() as session:
        accept(session, outbox.take(session, outbox.WEBHOOK, 10, webhooks.clock.now())[0], webhooks.clock.now())
        [due] = take_due(session, Slots(), webhooks.clock.now())
    webhooks.run()
    assert server.received == []
    webhooks.clock.advance(HOLD_SECONDS)
    webhooks.run()
    assert len(server.received) == 1
    with webhooks.database.write() as session:
        now = webhooks.clock.now()
        late = record(session, due, PostResult(500), began=now, seconds=1.0, now=now, rng=webhooks.webhook_sender._rng)
    assert not late
    assert (webhooks.state(), len(webhooks.attempts())) == (DeliveryState.DELIVERED, 1)


def test_a_receiver_that_never_answers_is_cut_off(webhooks: WebhookSetup, server: Receiver) -> None:
    server.hold = True
    webhooks.webhook_sender = webhooks.new_sender(timeout=0.3)
    webhooks.announce(server.url)
    webhooks.run()
    assert webhooks.state() == DeliveryState.PENDING
    assert webhooks.attempts()[0].error == "no answer within 0.3 s"


def test_a_poisonous_answer_is_a_recorded_attempt_and_delays_no_other(webhooks: WebhookSetup, server: Receiver) -> None:
    with poison_receiver() as urls:
        for number, url in enumerate(urls):
            webhooks.announce(url, f"evt_{number}")
        webhooks.announce(server.url, "evt_good")
        webhooks.run()
    with webhooks.database.read() as session:
        statement = select(WebhookDeliveryRow, WebhookAttemptRow).outerjoin(
            WebhookAttemptRow, WebhookAttemptRow.delivery_id == WebhookDeliveryRow.id
        )
        rows = {delivery.url: (delivery, attempt) for delivery, attempt in session.rows(statement)}
    for what, url in zip(POISON, urls, strict=True):
        delivery, attempt = rows[url]
        assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 1), what
        assert delivery.next_attempt_at <= webhooks.clock.now() + timedelta(days=1), what
        assert attempt.status in (302, 503) or (attempt.error or "").isprintable(), what
        assert BANNER.decode() not in (attempt.error or "")
    assert rows[server.url][0].state == DeliveryState.DELIVERED


@pytest.mark.parametrize("fails", ["in the look-up", "in the recording"])
def test_an_unforeseen_error_in_one_delivery_is_a_recorded_attempt(
    webhooks: WebhookSetup, server: Receiver, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    if fails == "in the look-up":
        monkeypatch.setattr(webhooks, "webhook_sender", webhooks.new_sender(resolve=_odd))
        webhooks.announce("https://odd.example/")
    else:
        monkeypatch.setattr("services.webhooks.sender.after_attempt", _odd_once())
        server.replies = [Reply(500)]
        webhooks.announce(server.url)
    webhooks.run()
    [attempt] = webhooks.attempts()
    assert webhooks.state() == DeliveryState.PENDING
    assert attempt.error in ("the delivery could not be sent (RuntimeError)", "the answer could not be stored")


def _odd(host: str, port: int) -> list[str]:
    raise RuntimeError(f"{host} {port}")


def _odd_once() -> Callable[..., NextAttempt]:
    calls = iter([True])

    def after(answer: PostResult, num_attempts: int, now: datetime, rng: random.Random) -> NextAttempt:
        if next(calls, False):
            raise RuntimeError
        return after_attempt(answer, num_attempts, now, rng)

    return after


def test_a_poisoned_message_waits_and_delays_no_other(webhooks: WebhookSetup, server: Receiver) -> None:
    with webhooks.database.write() as session:
        outbox.put(session, outbox.WEBHOOK, {"id": "evt_poisoned"}, webhooks.clock.now())
    webhooks.announce(server.url, "evt_good")
    webhooks.run()
    assert [got.headers["webhook-id"] for got in server.received] == ["evt_good"]
    takes = []
    for _ in range(3):
        webhooks.clock.advance(outbox.FIRST_PAUSE.total_seconds())
        webhooks.run()
        with webhooks.database.read() as session:
            takes.append(session.scalar(select(OutboxRow.takes)))
    assert takes == [2, 2, 3]


def test_receivers_of_one_tenant_leave_slots_to_others(webhooks: WebhookSetup, server: Receiver) -> None:
    """As many host names as slots, none of which resolves in time."""
    released = Event()

    def resolve(host: str, port: int) -> list[str]:
        if host.endswith(".example"):
            released.wait(30)
        return ["127.0.0.1"]

    webhooks.webhook_sender = webhooks.new_sender(resolve=resolve)
    for number in range(MAX_CONCURRENT + 2):
        webhooks.announce(f"https://host-{number}.example/", f"evt_{number}")
    for _ in range(12):
        webhooks.webhook_sender.step()
    num_threads = sum(thread.name == "resolve-host" for thread in threading.enumerate())
    webhooks.announce(server.url, "evt_quick", tenant_id=webhooks.other_tenant_id)

    def is_delivered() -> bool:
        webhooks.webhook_sender.step()
        return bool(server.received)

    wait_until(is_delivered, timeout=3, what="the other tenant's delivery")
    assert num_threads <= MAX_PENDING_PER_OWNER
    released.set()
