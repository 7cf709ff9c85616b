"""Registered endpoints on both databases: subscriptions, signatures and deactivation."""

import pytest

from services import outbox
from services.webhooks import delivery_log, service
from services.webhooks.bulkhead import Slots
from services.webhooks.http_post import PostResult
from services.webhooks.messages import accept
from services.webhooks.retry_schedule import RETRY_SCHEDULE
from services.webhooks.sender import record, take_due
from services.webhooks.service import MAX_ENDPOINTS, EndpointDisabled, TooManyEndpoints
from services.webhooks.sign import WebhookVerificationError, tenant_secret, verify
from shared.errors import NotFound
from shared.schemas.endpoint import DeliveryState
from tests.receiver import Received, Receiver, Reply
from tests.webhook_setup import KEY, WebhookSetup


def of(server: Receiver, name: str) -> list[Received]:
    """The requests for one of several receivers on this server."""
    return [one for one in server.received if one.path.startswith(f"/{name}")]


def at(server: Receiver, name: str) -> str:
    return server.url.replace("/hook", f"/{name}")


def reported(server: Receiver, name: str) -> list[str]:
    return [one.headers["webhook-id"] for one in of(server, name)]


def test_each_matching_endpoint_gets_one_delivery_beside_the_jobs_own_url(webhooks: WebhookSetup, server: Receiver):
    everything = webhooks.register(at(server, "everything"))
    webhooks.register(at(server, "trainings"), "training.*")
    webhooks.register(at(server, "versions"), "concept.version.created")
    webhooks.register(at(server, "stranger"), tenant_id=webhooks.other_tenant_id)
    webhooks.announce(at(server, "one-off"), "evt_1", "training.succeeded")
    webhooks.announce(None, "evt_2", "concept.version.created")
    webhooks.announce(None, "evt_3", "generation.failed")
    webhooks.run()
    assert sorted(reported(server, "everything")) == ["evt_1", "evt_2", "evt_3"]
    assert reported(server, "trainings") == reported(server, "one-off") == ["evt_1"]
    assert (reported(server, "versions"), reported(server, "stranger")) == (["evt_2"], [])
    [mine], [one_off] = of(server, "trainings"), of(server, "one-off")
    assert mine.body == one_off.body
    assert verify(tenant_secret(KEY, webhooks.tenant_id), one_off.headers, one_off.body.decode())
    for got in of(server, "everything"):
        assert verify(everything.secret, got.headers, got.body.decode())
    with pytest.raises(WebhookVerificationError):
        verify(everything.secret, mine.headers, mine.body.decode())


def test_a_message_accepted_twice_reaches_each_endpoint_once(webhooks: WebhookSetup, server: Receiver):
    webhooks.register(at(server, "a")), webhooks.register(at(server, "b"))
    webhooks.announce(at(server, "c"))
    webhooks.accept_twice()
    webhooks.run()
    assert [len(of(server, name)) for name in "abc"] == [1, 1, 1]


def test_both_secrets_sign_for_a_day(webhooks: WebhookSetup, server: Receiver):
    endpoint = webhooks.register(server.url)
    new = webhooks.rotate(endpoint.id)
    assert new != endpoint.secret

    def signatures(event_id: str) -> list[str]:
        webhooks.announce(None, event_id)
        webhooks.run()
        return [name for name, secret in (("new", new), ("old", endpoint.secret)) if holds(server.received[-1], secret)]

    assert signatures("evt_1") == ["new", "old"]
    assert len(server.received[-1].headers["webhook-signature"].split()) == 2
    webhooks.clock.advance(24 * 3600)
    got = webhooks.endpoint(endpoint.id)
    assert [webhooks.secret_box.decrypt(kept) for kept in service.secrets_of(got, webhooks.clock.now())] == [new]


def holds(got: Received, secret: str) -> bool:
    try:
        verify(secret, got.headers, got.body.decode())
    except WebhookVerificationError:
        return False
    return True


def test_gone_disables_the_endpoint_and_all_that_waits_for_it(webhooks: WebhookSetup, server: Receiver):
    server.replies = [Reply(500), Reply(410), Reply(204)]
    endpoint = webhooks.register(server.url)
    webhooks.announce(None, "evt_1")
    webhooks.run()
    webhooks.clock.advance(1)
    webhooks.announce(None, "evt_2")
    webhooks.run()
    gone = webhooks.endpoint(endpoint.id)
    assert (gone.disabled_at, gone.disabled_reason) == (webhooks.clock.now(), "gone")
    assert [one.state for one in webhooks.deliveries()] == [DeliveryState.DISABLED] * 2
    webhooks.announce(None, "evt_3")
    webhooks.clock.advance(86400)
    webhooks.run()
    assert len(server.received) == 2
    with pytest.raises(EndpointDisabled):
        webhooks.redeliver(webhooks.deliveries()[0].id)

    assert webhooks.patch(endpoint.id, enabled=True).disabled_reason is None
    webhooks.announce(None, "evt_4")
    webhooks.redeliver(webhooks.deliveries()[0].id)
    webhooks.run()
    assert sorted(reported(server, "hook")[2:]) == ["evt_1", "evt_4"]


def test_what_is_pending_follows_its_endpoint(webhooks: WebhookSetup, server: Receiver):
    server.replies = [Reply(500), Reply(500), Reply(204)]
    moved, stopped = (
        webhooks.register(at(server, "old"), "training.*"),
        webhooks.register(at(server, "no"), "training.*"),
    )
    webhooks.announce(None)
    webhooks.run()
    webhooks.patch(moved.id, url=at(server, "new"))
    assert webhooks.patch(stopped.id, enabled=False).disabled_reason == "by_request"
    webhooks.clock.advance(60)
    webhooks.run()
    assert [len(of(server, name)) for name in ("old", "new", "no")] == [1, 1, 1]
    assert {one.endpoint_id: one.state for one in webhooks.deliveries()} == {
        moved.id: DeliveryState.DELIVERED,
        stopped.id: DeliveryState.DISABLED,
    }


def test_an_attempt_that_was_under_way_is_recorded_and_not_repeated(webhooks: WebhookSetup, server: Receiver):
    endpoint = webhooks.register(server.url)
    webhooks.announce(None)
    with webhooks.database.write() as session:
        accept(session, outbox.take(session, outbox.WEBHOOK, 10, webhooks.clock.now())[0], webhooks.clock.now())
        [due] = take_due(session, Slots(), webhooks.clock.now())
    webhooks.patch(endpoint.id, enabled=False)
    now = webhooks.clock.now()
    with webhooks.database.write() as session:
        assert record(session, due, PostResult(500), began=now, seconds=1.0, now=now, rng=webhooks.webhook_sender._rng)
    [attempt] = webhooks.attempts()
    assert (attempt.status, webhooks.state()) == (500, DeliveryState.DISABLED)


def test_deleting_an_endpoint_deletes_its_log(webhooks: WebhookSetup, server: Receiver):
    endpoint = webhooks.register(server.url)
    webhooks.announce(None)
    with webhooks.database.write() as session:
        accept(session, outbox.take(session, outbox.WEBHOOK, 10, webhooks.clock.now())[0], webhooks.clock.now())
        [due] = take_due(session, Slots(), webhooks.clock.now())
    with webhooks.database.write() as session:
        service.delete(session, webhooks.tenant_id, endpoint.id)
    now = webhooks.clock.now()
    with webhooks.database.write() as session:
        assert not record(
            session, due, PostResult(410), began=now, seconds=1.0, now=now, rng=webhooks.webhook_sender._rng
        )
    assert (webhooks.deliveries(), webhooks.attempts()) == ([], [])


def test_sending_again_continues_the_log_and_restarts_the_schedule(webhooks: WebhookSetup, server: Receiver):
    server.replies = [Reply(500)]
    webhooks.register(server.url)
    webhooks.announce(None)
    for seconds in RETRY_SCHEDULE:
        webhooks.clock.advance(seconds * 1.2 + 1)
        webhooks.run()
    [failed] = webhooks.deliveries()
    assert (failed.state, failed.attempts) == (DeliveryState.FAILED, len(RETRY_SCHEDULE))
    assert webhooks.redeliver(failed.id).delivery.state == DeliveryState.PENDING
    webhooks.run()
    server.replies = [Reply(204)]
    webhooks.clock.advance(6)
    webhooks.run()
    [delivered] = webhooks.deliveries()
    assert (delivered.state, delivered.attempts) == (DeliveryState.DELIVERED, len(RETRY_SCHEDULE) + 2)
    assert [one.number for one in webhooks.attempts()] == list(range(1, len(RETRY_SCHEDULE) + 3))
    assert {got.headers["webhook-id"] for got in server.received} == {"evt_1"}


def test_what_waits_for_hours_is_sent_now_and_what_is_due_only_once(webhooks: WebhookSetup, server: Receiver):
    server.replies = [Reply(500), Reply(500), Reply(204)]
    webhooks.register(server.url)
    webhooks.announce(None)
    webhooks.run()
    [soon] = webhooks.deliveries()
    assert webhooks.redeliver(soon.id).delivery.next_attempt_at == soon.next_attempt_at
    webhooks.clock.advance(6)
    webhooks.run()
    [late] = webhooks.deliveries()
    assert late.next_attempt_at is not None
    assert (late.next_attempt_at - webhooks.clock.now()).total_seconds() >= RETRY_SCHEDULE[2]
    webhooks.redeliver(late.id)
    webhooks.run()
    assert (len(server.received), webhooks.state()) == (3, DeliveryState.DELIVERED)


def test_a_test_goes_to_whom_it_tests(webhooks: WebhookSetup, server: Receiver):
    endpoint = webhooks.register(at(server, "tested"), "concept.*")
    webhooks.register(at(server, "other"))
    with webhooks.database.write() as session:
        sent = delivery_log.send_test(session, webhooks.tenant_id, endpoint.id, webhooks.clock.now())
    webhooks.run()
    assert reported(server, "tested") == [sent.message.id]
    assert reported(server, "other") == []
    [got] = of(server, "tested")
    assert b'"type":"webhook.test"' in got.body
    assert verify(endpoint.secret, got.headers, got.body.decode())


def test_there_are_only_so_many(webhooks: WebhookSetup, server: Receiver):
    for _ in range(MAX_ENDPOINTS):
        webhooks.register(server.url)
    with pytest.raises(TooManyEndpoints):
        webhooks.register(server.url)
    webhooks.register(server.url, tenant_id=webhooks.other_tenant_id)


def test_another_tenants_endpoints_and_deliveries_do_not_exist(webhooks: WebhookSetup, server: Receiver):
    endpoint = webhooks.register(server.url)
    webhooks.announce(None)
    webhooks.run()
    [delivery] = webhooks.deliveries()
    webhooks.tenant_id, mine = webhooks.other_tenant_id, webhooks.tenant_id
    for reach in (webhooks.endpoint, webhooks.patch, webhooks.rotate):
        with pytest.raises(NotFound):
            reach(endpoint.id)
    with pytest.raises(NotFound):
        webhooks.redeliver(delivery.id)
    with webhooks.database.read() as session:
        assert delivery_log.list_page(session, webhooks.tenant_id, 10) == []
        assert [one.delivery.id for one in delivery_log.list_page(session, mine, 10)] == [delivery.id]
