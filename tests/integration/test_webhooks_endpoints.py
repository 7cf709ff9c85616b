"""Registered endpoints on both databases: who is told, with which signatures, and when no more."""

import pytest

from services import outbox
from services.webhooks import history, service
from services.webhooks.delivery import record, take_due
from services.webhooks.messages import accept
from services.webhooks.post import Answer
from services.webhooks.schedule import LADDER
from services.webhooks.service import MAX_ENDPOINTS, EndpointDisabled, TooManyEndpoints
from services.webhooks.sign import WebhookVerificationError, tenant_secret, verify
from shared.errors import NotFound
from shared.schemas.endpoint import DeliveryState
from tests.office import KEY, Office
from tests.receiver import Received, Receiver, Reply


def of(server: Receiver, name: str) -> list[Received]:
    """What came for one of several receivers on this server."""
    return [one for one in server.received if one.path.startswith(f"/{name}")]


def at(server: Receiver, name: str) -> str:
    return server.url.replace("/hook", f"/{name}")


def told(server: Receiver, name: str) -> list[str]:
    return [one.headers["webhook-id"] for one in of(server, name)]


def test_each_matching_endpoint_is_told_once_beside_the_one_off(office: Office, server: Receiver):
    everything = office.register(at(server, "everything"))
    office.register(at(server, "trainings"), "training.*")
    office.register(at(server, "versions"), "concept.version.created")
    office.register(at(server, "stranger"), tenant_id=office.other_tenant_id)
    office.announce(at(server, "one-off"), "evt_1", "training.succeeded")
    office.announce(None, "evt_2", "concept.version.created")
    office.announce(None, "evt_3", "generation.failed")
    office.run()
    assert sorted(told(server, "everything")) == ["evt_1", "evt_2", "evt_3"]
    assert told(server, "trainings") == told(server, "one-off") == ["evt_1"]
    assert (told(server, "versions"), told(server, "stranger")) == (["evt_2"], [])
    [mine], [one_off] = of(server, "trainings"), of(server, "one-off")
    assert mine.body == one_off.body
    assert verify(tenant_secret(KEY, office.tenant_id), one_off.headers, one_off.body.decode())
    for got in of(server, "everything"):
        assert verify(everything.secret, got.headers, got.body.decode())
    with pytest.raises(WebhookVerificationError):
        verify(everything.secret, mine.headers, mine.body.decode())


def test_a_message_accepted_twice_reaches_each_endpoint_once(office: Office, server: Receiver):
    office.register(at(server, "a")), office.register(at(server, "b"))
    office.announce(at(server, "c"))
    with office.database.write() as session:
        [item] = outbox.take(session, outbox.WEBHOOK, 10, office.clock.now())
        accept(session, item, office.clock.now())
    with office.database.write() as session:
        accept(session, item, office.clock.now())
    office.run()
    assert [len(of(server, name)) for name in "abc"] == [1, 1, 1]


def test_both_secrets_sign_for_a_day(office: Office, server: Receiver):
    endpoint = office.register(server.url)
    new = office.rotate(endpoint.id)
    assert new != endpoint.secret

    def signatures(event_id: str) -> list[str]:
        office.announce(None, event_id)
        office.run()
        return [name for name, secret in (("new", new), ("old", endpoint.secret)) if holds(server.received[-1], secret)]

    assert signatures("evt_1") == ["new", "old"]
    assert len(server.received[-1].headers["webhook-signature"].split()) == 2
    office.clock.advance(24 * 3600)
    got = office.endpoint(endpoint.id)
    assert [office.vault.open(kept) for kept in service.secrets_of(got, office.clock.now())] == [new]


def holds(got: Received, secret: str) -> bool:
    try:
        verify(secret, got.headers, got.body.decode())
    except WebhookVerificationError:
        return False
    return True


def test_gone_disables_the_endpoint_and_all_that_waits_for_it(office: Office, server: Receiver):
    server.replies = [Reply(500), Reply(410), Reply(204)]
    endpoint = office.register(server.url)
    office.announce(None, "evt_1")
    office.run()
    office.clock.advance(1)
    office.announce(None, "evt_2")
    office.run()
    gone = office.endpoint(endpoint.id)
    assert (gone.disabled_at, gone.disabled_reason) == (office.clock.now(), "gone")
    assert [one.state for one in office.deliveries()] == [DeliveryState.DISABLED] * 2
    office.announce(None, "evt_3")
    office.clock.advance(86400)
    office.run()
    assert len(server.received) == 2
    with pytest.raises(EndpointDisabled):
        office.redeliver(office.deliveries()[0].id)

    assert office.patch(endpoint.id, enabled=True).disabled_reason is None
    office.announce(None, "evt_4")
    office.redeliver(office.deliveries()[0].id)
    office.run()
    assert sorted(told(server, "hook")[2:]) == ["evt_1", "evt_4"]


def test_what_is_pending_follows_its_endpoint(office: Office, server: Receiver):
    server.replies = [Reply(500), Reply(500), Reply(204)]
    moved, stopped = office.register(at(server, "old"), "training.*"), office.register(at(server, "no"), "training.*")
    office.announce(None)
    office.run()
    office.patch(moved.id, url=at(server, "new"))
    assert office.patch(stopped.id, enabled=False).disabled_reason == "by_request"
    office.clock.advance(60)
    office.run()
    assert [len(of(server, name)) for name in ("old", "new", "no")] == [1, 1, 1]
    assert {one.endpoint_id: one.state for one in office.deliveries()} == {
        moved.id: DeliveryState.DELIVERED,
        stopped.id: DeliveryState.DISABLED,
    }


def test_an_attempt_that_was_under_way_is_recorded_and_not_repeated(office: Office, server: Receiver):
    endpoint = office.register(server.url)
    office.announce(None)
    with office.database.write() as session:
        accept(session, outbox.take(session, outbox.WEBHOOK, 10, office.clock.now())[0], office.clock.now())
        [due] = take_due(session, 10, office.clock.now())
    office.patch(endpoint.id, enabled=False)
    now = office.clock.now()
    with office.database.write() as session:
        assert record(session, due, Answer(500), began=now, seconds=1.0, now=now, rng=office.courier._rng)
    [attempt] = office.attempts()
    assert (attempt.status, office.state()) == (500, DeliveryState.DISABLED)


def test_a_deleted_endpoint_takes_its_log_along(office: Office, server: Receiver):
    endpoint = office.register(server.url)
    office.announce(None)
    with office.database.write() as session:
        accept(session, outbox.take(session, outbox.WEBHOOK, 10, office.clock.now())[0], office.clock.now())
        [due] = take_due(session, 10, office.clock.now())
    with office.database.write() as session:
        service.delete(session, office.tenant_id, endpoint.id)
    now = office.clock.now()
    with office.database.write() as session:
        assert not record(session, due, Answer(410), began=now, seconds=1.0, now=now, rng=office.courier._rng)
    assert (office.deliveries(), office.attempts()) == ([], [])


def test_sending_again_goes_on_with_the_log_and_starts_the_ladder_anew(office: Office, server: Receiver):
    server.replies = [Reply(500)]
    office.register(server.url)
    office.announce(None)
    for seconds in LADDER:
        office.clock.advance(seconds * 1.2 + 1)
        office.run()
    [failed] = office.deliveries()
    assert (failed.state, failed.attempts) == (DeliveryState.FAILED, len(LADDER))
    assert office.redeliver(failed.id).delivery.state == DeliveryState.PENDING
    office.run()
    server.replies = [Reply(204)]
    office.clock.advance(6)
    office.run()
    [delivered] = office.deliveries()
    assert (delivered.state, delivered.attempts) == (DeliveryState.DELIVERED, len(LADDER) + 2)
    assert [one.number for one in office.attempts()] == list(range(1, len(LADDER) + 3))
    assert {got.headers["webhook-id"] for got in server.received} == {"evt_1"}


def test_what_waits_for_hours_is_sent_now_and_what_is_due_only_once(office: Office, server: Receiver):
    server.replies = [Reply(500), Reply(500), Reply(204)]
    office.register(server.url)
    office.announce(None)
    office.run()
    [soon] = office.deliveries()
    assert office.redeliver(soon.id).delivery.next_attempt_at == soon.next_attempt_at
    office.clock.advance(6)
    office.run()
    [late] = office.deliveries()
    assert late.next_attempt_at is not None
    assert (late.next_attempt_at - office.clock.now()).total_seconds() >= LADDER[2]
    office.redeliver(late.id)
    office.run()
    assert (len(server.received), office.state()) == (3, DeliveryState.DELIVERED)


def test_a_test_goes_to_whom_it_tests(office: Office, server: Receiver):
    endpoint = office.register(at(server, "tested"), "concept.*")
    office.register(at(server, "other"))
    with office.database.write() as session:
        sent = history.send_test(session, office.tenant_id, endpoint.id, office.clock.now())
    office.run()
    assert told(server, "tested") == [sent.message.id]
    assert told(server, "other") == []
    [got] = of(server, "tested")
    assert b'"type":"webhook.test"' in got.body
    assert verify(endpoint.secret, got.headers, got.body.decode())


def test_there_are_only_so_many(office: Office, server: Receiver):
    for _ in range(MAX_ENDPOINTS):
        office.register(server.url)
    with pytest.raises(TooManyEndpoints):
        office.register(server.url)
    office.register(server.url, tenant_id=office.other_tenant_id)


def test_another_tenants_endpoints_and_deliveries_do_not_exist(office: Office, server: Receiver):
    endpoint = office.register(server.url)
    office.announce(None)
    office.run()
    [delivery] = office.deliveries()
    office.tenant_id, mine = office.other_tenant_id, office.tenant_id
    for reach in (office.endpoint, office.patch, office.rotate):
        with pytest.raises(NotFound):
            reach(endpoint.id)
    with pytest.raises(NotFound):
        office.redeliver(delivery.id)
    with office.database.read() as session:
        assert history.list_page(session, office.tenant_id, 10) == []
        assert [one.delivery.id for one in history.list_page(session, mine, 10)] == [delivery.id]
