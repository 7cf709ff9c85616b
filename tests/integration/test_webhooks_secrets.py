"""Endpoint secrets at rest: encrypted in the database; the sweep encrypts old plain ones."""

from datetime import timedelta

from sqlalchemy import select, update

from services.db.tables import IdempotencyRow, WebhookEndpointRow
from services.webhooks.secret_box import SecretBox, encrypt_all
from services.webhooks.sign import new_secret, verify
from tests.receiver import Receiver
from tests.service import Service
from tests.webhook_setup import KEY, WebhookSetup


def test_a_secret_is_returned_once_and_stored_encrypted(sqlite_service: Service):
    service, caller = sqlite_service, sqlite_service.caller()
    key = {"Idempotency-Key": "once"}
    made = caller.post("/v1/webhook-endpoints", json={"url": "https://example.com/a"}, headers=key).json()
    again = caller.post("/v1/webhook-endpoints", json={"url": "https://example.com/a"}, headers=key).json()
    assert again == made | {"secret": None}
    rotated = caller.post(f"/v1/webhook-endpoints/{made['id']}/rotate-secret").json()["secret"]
    assert made["secret"].startswith("whsec_")
    assert rotated != made["secret"]
    with service.database.read() as session:
        row = session.get(WebhookEndpointRow, made["id"])
        kept = str(session.scalars(select(IdempotencyRow.body)))
    assert row is not None
    assert not any(secret in f"{row.secret} {row.previous_secret} {kept}" for secret in (made["secret"], rotated))
    secret_box = SecretBox(service.settings.secret_key.get_secret_value())
    assert (secret_box.decrypt(row.secret), secret_box.decrypt(row.previous_secret or "")) == (rotated, made["secret"])


def test_secrets_from_before_sign_on_and_are_sealed(webhooks: WebhookSetup, server: Receiver):
    id = webhooks.register(server.url).id
    plain, previous = new_secret(), new_secret()
    old = {
        "secret": plain,
        "previous_secret": previous,
        "previous_secret_until": webhooks.clock.now() + timedelta(days=1),
    }
    with webhooks.database.write() as session:
        session.execute(update(WebhookEndpointRow).where(WebhookEndpointRow.id == id).values(old))
    webhooks.announce(None, "evt_1")
    webhooks.run()
    with webhooks.database.write() as session:
        assert (encrypt_all(session, webhooks.secret_box), encrypt_all(session, webhooks.secret_box)) == (1, 0)
    sealed = webhooks.endpoint(id)
    assert plain not in sealed.secret
    webhooks.announce(None, "evt_2")
    webhooks.run()
    assert len(server.received) == 2
    for got in server.received:
        for secret in (plain, previous):
            verify(secret, got.headers, got.body.decode())


def test_another_service_key_decrypts_nothing_and_the_error_has_the_reason(webhooks: WebhookSetup, server: Receiver):
    webhooks.secret_box = SecretBox("another key")
    webhooks.register(server.url)
    webhooks.announce(None)
    webhooks.run()
    [attempt] = webhooks.attempts()
    assert attempt.error is not None
    assert "CHOREO_SECRET_KEY" in attempt.error
    assert server.received == []
    assert webhooks.state() == "pending"
    assert KEY != "another key"
