"""Deliveries from the outbox to a real receiver, on both databases, with a clock that moves when told to."""

import json
import socket
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from services import outbox
from services.webhooks.bulkhead import NUM_PER_RECEIVER, NUM_QUICK
from services.webhooks.delivery import record, take_due
from services.webhooks.messages import accept
from services.webhooks.post import Answer
from services.webhooks.schedule import HOLD_SECONDS, LADDER, MAX_JITTER
from services.webhooks.sign import tenant_secret, verify
from shared.schemas.endpoint import DeliveryState
from tests.office import DATA, KEY, Office
from tests.receiver import Receiver, Reply, receiver
from tests.servers.process import free_port
from tests.waiting import wait_until


def test_a_message_arrives_signed(office: Office, server: Receiver) -> None:
    office.announce(server.url)
    office.run()
    [got] = server.received
    body = got.body.decode()
    assert json.loads(body) == {"type": "training.succeeded", "timestamp": "2026-01-01T00:00:00Z", "data": DATA}
    assert verify(tenant_secret(KEY, office.tenant_id), got.headers, body)
    assert (got.headers["webhook-id"], got.headers["traceparent"]) == ("evt_1", "00-ab-cd-01")
    assert got.headers["content-type"] == "application/json"
    [delivery], [attempt] = office.deliveries(), office.attempts()
    assert (delivery.state, delivery.attempts, delivery.next_attempt_at) == (DeliveryState.DELIVERED, 1, None)
    assert delivery.finished_at == office.clock.now()
    assert (attempt.number, attempt.status, attempt.error) == (1, 204, None)
    office.clock.advance(10 * 86400)
    office.run()
    assert len(server.received) == 1


def test_nobody_asked_to_be_told(office: Office) -> None:
    office.announce(None)
    office.run()
    assert office.deliveries() == []
    with office.database.write() as session:
        assert outbox.take(session, outbox.WEBHOOK, 10, office.clock.advance(3600)) == []


def test_failures_climb_the_whole_ladder(office: Office, server: Receiver) -> None:
    server.replies = [Reply(500)]
    office.announce(server.url)
    office.run()
    for number, seconds in enumerate(LADDER[1:], 1):
        assert (len(server.received), office.state()) == (number, DeliveryState.PENDING)
        office.clock.advance(seconds - 1)
        office.run()
        assert len(server.received) == number
        office.clock.advance(seconds * MAX_JITTER + 2)
        office.run()
    assert (len(server.received), office.state()) == (len(LADDER), DeliveryState.FAILED)
    assert {got.headers["webhook-id"] for got in server.received} == {"evt_1"}
    assert len({got.headers["webhook-timestamp"] for got in server.received}) == len(LADDER)
    assert [attempt.status for attempt in office.attempts()] == [500] * len(LADDER)
    office.clock.advance(30 * 86400)
    office.run()
    assert len(server.received) == len(LADDER)


def test_it_gets_better(office: Office, server: Receiver) -> None:
    server.replies = [Reply(503), Reply(200)]
    office.announce(server.url)
    office.run()
    office.clock.advance(6)
    office.run()
    assert office.state() == DeliveryState.DELIVERED
    assert [attempt.status for attempt in office.attempts()] == [503, 200]


def test_a_receiver_that_is_down_for_hours_hears_of_it_in_the_end(office: Office) -> None:
    port = free_port()
    office.announce(f"http://127.0.0.1:{port}/hook")
    office.run()
    for seconds in LADDER[1:5]:
        office.clock.advance(seconds * (1 + MAX_JITTER) + 1)
        office.run()
    assert office.state() == DeliveryState.PENDING
    assert sum(LADDER[:5]) > 2 * 3600
    with receiver(port=port) as server:
        office.clock.advance(LADDER[5] * (1 + MAX_JITTER) + 1)
        office.run()
    assert (len(server.received), office.state()) == (1, DeliveryState.DELIVERED)
    assert [attempt.status for attempt in office.attempts()] == [None] * 5 + [204]


def test_gone_is_believed(office: Office, server: Receiver) -> None:
    server.replies = [Reply(410)]
    office.announce(server.url)
    office.run()
    assert office.state() == DeliveryState.DISABLED
    office.clock.advance(10 * 86400)
    office.run()
    assert len(server.received) == 1


def test_too_many_is_told_when(office: Office, server: Receiver) -> None:
    server.replies = [Reply(429, (("Retry-After", "3600"),)), Reply(204)]
    office.announce(server.url)
    office.run()
    office.clock.advance(3599)
    office.run()
    assert len(server.received) == 1
    office.clock.advance(1)
    office.run()
    assert office.state() == DeliveryState.DELIVERED


def test_a_redirect_is_a_failure(office: Office, server: Receiver) -> None:
    server.replies = [Reply(302, (("Location", server.url),))]
    office.announce(server.url)
    office.run()
    assert (len(server.received), office.state()) == (1, DeliveryState.PENDING)


@pytest.mark.parametrize("url", ["http://10.0.0.1/hook", "https://169.254.169.254/latest/meta-data", "https://[::1]/"])
def test_a_forbidden_address_fails_at_once(office: Office, url: str) -> None:
    office.announce(url)
    office.run()
    [attempt] = office.attempts()
    assert (office.state(), attempt.status) == (DeliveryState.FAILED, None)
    assert "public" in (attempt.error or "") or "https" in (attempt.error or "")


def test_a_name_that_does_not_resolve_is_tried_again(office: Office) -> None:
    office.announce("https://nowhere.invalid/hook")
    office.run()
    assert office.state() == DeliveryState.PENDING
    assert office.attempts()[0].error == "nowhere.invalid does not resolve"


def test_a_slow_receiver_delays_neither_another_nor_the_database(office: Office, server: Receiver) -> None:
    server.hold = True
    with receiver() as quick:
        office.announce(server.url, "evt_1")
        while office.courier.step():
            pass
        wait_until(lambda: server.received, what="the slow receiver's request")
        office.announce(quick.url, "evt_2")
        while office.courier.step():
            pass
        wait_until(lambda: DeliveryState.DELIVERED in {one.state for one in office.deliveries()}, timeout=20)
        assert len(quick.received) == 1
    server.released.set()
    office.courier.settle()
    assert [one.state for one in office.deliveries()].count(DeliveryState.PENDING) == 1


def test_receivers_that_hang_do_not_take_every_sender(office: Office, server: Receiver) -> None:
    """As many as it takes to have all posts at once that have just begun, each with more to come."""
    with ExitStack() as hanging:
        for number in range(NUM_QUICK // NUM_PER_RECEIVER):
            url = hanging.enter_context(never_answering())
            for again in range(NUM_PER_RECEIVER + 1):
                office.announce(url, f"evt_{number}_{again}")
        office.announce(server.url, "evt_quick")

        def is_told() -> bool:
            office.courier.step()
            return bool(server.received)

        wait_until(is_told, timeout=60, what="word to the receiver that answers")
        assert {one.attempts for one in office.deliveries() if one.url != server.url} == {0}
    office.courier.settle()


def test_a_receiver_that_hangs_is_sent_little_at_once(office: Office, server: Receiver) -> None:
    server.hold = True
    for number in range(3 * NUM_PER_RECEIVER):
        office.announce(server.url, f"evt_{number}")
    with receiver() as quick:
        office.announce(quick.url, "evt_quick")
        while office.courier.step():
            pass
        wait_until(lambda: quick.received, timeout=60, what="word to the receiver that answers")
        wait_until(lambda: len(server.received) == NUM_PER_RECEIVER, timeout=60, what="all that it is sent at once")

        def is_only_waiting() -> bool:
            return not office.courier.step() and office.courier.num_posting == NUM_PER_RECEIVER

        wait_until(is_only_waiting, timeout=60, what="nothing more to begin")
        assert len(server.received) == NUM_PER_RECEIVER
    server.hold = False
    server.released.set()
    office.run()
    assert len(server.received) == 3 * NUM_PER_RECEIVER


@contextmanager
def never_answering() -> Generator[str]:
    """The URL of a socket that takes connections and says nothing; whoever waits for it is cut off at the end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook"


def test_a_message_accepted_twice_is_one_message(office: Office, server: Receiver) -> None:
    office.announce(server.url)
    with office.database.write() as session:
        [item] = outbox.take(session, outbox.WEBHOOK, 10, office.clock.now())
        accept(session, item, office.clock.now())
    with office.database.write() as session:
        accept(session, item, office.clock.now())
    office.run()
    assert (len(office.deliveries()), len(server.received)) == (1, 1)


def test_many_couriers_send_once(office: Office, server: Receiver) -> None:
    for number in range(20):
        office.announce(server.url, f"evt_{number}")
    couriers = [office.hire() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda courier: [courier.step() for _ in range(10)], couriers))
    for courier in couriers:
        courier.settle()
        courier.close()
    office.run()
    assert sorted(got.headers["webhook-id"] for got in server.received) == sorted(f"evt_{n}" for n in range(20))
    assert {one.state for one in office.deliveries()} == {DeliveryState.DELIVERED}


def test_a_courier_that_dies_is_replaced_after_a_while(office: Office, server: Receiver) -> None:
    office.announce(server.url)
    with office.database.write() as session:
        accept(session, outbox.take(session, outbox.WEBHOOK, 10, office.clock.now())[0], office.clock.now())
        [due] = take_due(session, 10, office.clock.now())
    office.run()
    assert server.received == []
    office.clock.advance(HOLD_SECONDS)
    office.run()
    assert len(server.received) == 1
    with office.database.write() as session:
        now = office.clock.now()
        late = record(session, due, Answer(500), began=now, seconds=1.0, now=now, rng=office.courier._rng)
    assert not late
    assert (office.state(), len(office.attempts())) == (DeliveryState.DELIVERED, 1)


def test_a_receiver_that_never_answers_is_cut_off(office: Office, server: Receiver) -> None:
    server.hold = True
    office.courier = office.hire(timeout=0.3)
    office.announce(server.url)
    office.run()
    assert office.state() == DeliveryState.PENDING
    assert office.attempts()[0].error == "no answer within 0.3 s"
