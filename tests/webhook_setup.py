"""Webhook delivery for tests: a database, a sender and a controllable clock."""

from ipaddress import ip_address

from sqlalchemy import select

from services import outbox
from services.accounts.service import create_tenant
from services.db.sessions import Database
from services.db.tables import WebhookAttemptRow, WebhookDeliveryRow, WebhookEndpointRow
from services.outgoing.guard import Guard
from services.outgoing.name_lookups import Resolve
from services.webhooks import delivery_log, service
from services.webhooks.messages import accept
from services.webhooks.secret_box import SecretBox
from services.webhooks.sender import WebhookSender
from shared.clock import FrozenClock, SystemClock
from shared.schemas.endpoint import WebhookEndpointCreate, WebhookEndpointPatch

KEY = "service secret"
DATA = {"id": "job_1", "state": "succeeded"}


def _resolve(host: str, port: int) -> list[str]:
    """Addresses resolve to themselves; names do not."""
    try:
        return [str(ip_address(host))]
    except ValueError as error:
        raise OSError(f"no such host: {host}") from error


class WebhookSetup:
    """One webhook sender on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FrozenClock(SystemClock().now())
        self.secret_box = SecretBox(KEY)
        self.webhook_sender = self.new_sender()
        with database.write() as session:
            self.tenant_id = create_tenant(session, "tenant", self.clock.now()).id
            self.other_tenant_id = create_tenant(session, "other", self.clock.now()).id

    def new_sender(self, timeout: float = 30.0, resolve: Resolve = _resolve) -> WebhookSender:
        guard = Guard(allowed_networks=["127.0.0.0/8"], resolve=resolve)
        return WebhookSender(self.database, guard, secret_key=KEY, clock=self.clock, timeout=timeout)

    def register(self, url: str, *event_types: str, tenant_id: str | None = None) -> WebhookEndpointRow:
        request = WebhookEndpointCreate(url=url, event_types=list(event_types))
        with self.database.write() as session:
            row = service.create(session, tenant_id or self.tenant_id, request, self.clock.now(), self.secret_box)
        row.secret = self.secret_box.decrypt(row.secret)  # as returned to its owner
        return row

    def endpoint(self, endpoint_id: str) -> WebhookEndpointRow:
        with self.database.read() as session:
            return service.get(session, self.tenant_id, endpoint_id)

    def patch(self, endpoint_id: str, **fields: object) -> WebhookEndpointRow:
        request = WebhookEndpointPatch.model_validate(fields)
        with self.database.write() as session:
            return service.patch(session, self.tenant_id, endpoint_id, request, self.clock.now())

    def rotate(self, endpoint_id: str) -> str:
        with self.database.write() as session:
            row = service.rotate_secret(session, self.tenant_id, endpoint_id, self.clock.now(), self.secret_box)
        return self.secret_box.decrypt(row.secret)

    def redeliver(self, delivery_id: str) -> delivery_log.LoggedDelivery:
        with self.database.write() as session:
            return delivery_log.redeliver(session, self.tenant_id, delivery_id, self.clock.now())

    def accept_twice(self) -> None:
        """Accept the only message of the outbox twice, as after a crash between acceptance and the end of the item."""
        with self.database.write() as session:
            [item] = outbox.take(session, outbox.WEBHOOK, 10, self.clock.now())
            accept(session, item, self.clock.now())
        with self.database.write() as session:
            accept(session, item, self.clock.now())

    def announce(
        self,
        url: str | None,
        id: str = "evt_1",
        event_type: str = "training.succeeded",
        tenant_id: str | None = None,
    ) -> None:
        payload = {
            "id": id, "tenant_id": tenant_id or self.tenant_id, "job_id": "job_1", "url": url,
            "traceparent": "00-ab-cd-01", "type": event_type, "timestamp": "2026-01-01T00:00:00Z", "data": DATA,
        }  # fmt: skip
        with self.database.write() as session:
            outbox.put(session, outbox.WEBHOOK, payload, self.clock.now())

    def run(self) -> None:
        """Deliver everything that is due."""
        while self.webhook_sender.step() or self.webhook_sender.num_posting:
            self.webhook_sender.settle()

    def deliveries(self) -> list[WebhookDeliveryRow]:
        with self.database.read() as session:
            return list(session.scalars(select(WebhookDeliveryRow).order_by(WebhookDeliveryRow.id)))

    def attempts(self) -> list[WebhookAttemptRow]:
        with self.database.read() as session:
            return list(session.scalars(select(WebhookAttemptRow).order_by(WebhookAttemptRow.number)))

    def state(self) -> str:
        [one] = self.deliveries()
        return one.state
