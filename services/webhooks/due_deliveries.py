"""Which due deliveries are sent next. Every statement reads a bounded number of them, however many wait."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal_column, select

from services.db.dialects import distinct_values
from services.db.sessions import WriteSession
from services.db.tables import WebhookDeliveryRow
from services.webhooks.bulkhead import Slots

LOOK_AHEAD = 16
"""Number of a tenant's oldest due deliveries that are considered. If their receivers take no more, others follow."""
MAX_RECEIVERS = 256
"""Number of a tenant's receivers of which the oldest due delivery is considered then."""
_COLUMNS = (WebhookDeliveryRow.id, WebhookDeliveryRow.tenant_id, WebhookDeliveryRow.url)
_IS_PENDING = WebhookDeliveryRow.state == literal_column("'pending'")  # a literal, as in the indexes


Cursor = dict[str, str]
"""By tenant, the receiver after which the next look at its receivers begins."""


def select_due(session: WriteSession, slots: Slots, now: datetime, cursor: Cursor) -> list[str]:
    """Lock due deliveries whose tenants and receivers have slots left, and take the slots; returns their ids.

    The tenant with the oldest delivery comes first. Of each tenant the oldest deliveries are taken, and if their
    receivers have no slots left, one for each of its other receivers.
    """
    chosen: list[str] = []
    for tenant_id in _tenants_with_due(session, now) if slots.num_free else ():
        if slots.is_full(tenant_id) or not slots.num_free:
            continue
        own = and_(_IS_PENDING, WebhookDeliveryRow.tenant_id == tenant_id, WebhookDeliveryRow.next_attempt_at <= now)
        oldest = _locked(select(*_COLUMNS).where(own).limit(LOOK_AHEAD), session)
        taken = _take(slots, oldest)
        chosen += taken
        if len(taken) < len(oldest) == LOOK_AHEAD and slots.num_free and not slots.is_full(tenant_id):
            ids = _one_for_each_receiver(session, own, tenant_id, slots, cursor)
            others = select(*_COLUMNS).where(own, WebhookDeliveryRow.id.in_(ids))
            chosen += _take(slots, _locked(others, session)) if ids else []
    return list(dict.fromkeys(chosen))


def _tenants_with_due(session: WriteSession, now: datetime) -> Sequence[str]:
    """The tenants that have due deliveries, the one with the oldest first."""
    tenants = distinct_values(WebhookDeliveryRow.tenant_id, _IS_PENDING)
    own = (_IS_PENDING, WebhookDeliveryRow.tenant_id == tenants.c.value)
    first = select(func.min(WebhookDeliveryRow.next_attempt_at)).where(*own).correlate(tenants).scalar_subquery()
    found = (
        select(tenants.c.value.label("tenant_id"), first.label("first")).where(tenants.c.value.is_not(None)).subquery()
    )
    return session.scalars(select(found.c.tenant_id).where(found.c.first <= now).order_by(found.c.first))


def _one_for_each_receiver(
    session: WriteSession, own: ColumnElement[bool], tenant_id: str, slots: Slots, cursor: Cursor
) -> Sequence[str]:
    """Ids of the oldest due deliveries of the next `MAX_RECEIVERS` receivers of a tenant that have slots left."""
    receiver = WebhookDeliveryRow.receiver
    mine = (_IS_PENDING, WebhookDeliveryRow.tenant_id == tenant_id, receiver > cursor.pop(tenant_id, ""))
    receivers = distinct_values(receiver, *mine)
    oldest = select(WebhookDeliveryRow.id).where(own, receiver == receivers.c.value)
    head = oldest.order_by(WebhookDeliveryRow.next_attempt_at).limit(1).correlate(receivers).scalar_subquery()
    query = select(receivers.c.value, head).where(receivers.c.value.is_not(None)).limit(MAX_RECEIVERS)
    found = session.rows(query)
    if len(found) == MAX_RECEIVERS:
        cursor[tenant_id] = found[-1][0]
    return [id for to, id in found if id and not slots.is_receiver_full(to)]  # null: they are due later


def _locked(query: "Select[str, str, str]", session: WriteSession) -> Sequence[Row[str, str, str]]:
    return session.rows(query.order_by(WebhookDeliveryRow.next_attempt_at).with_for_update(skip_locked=True))


def _take(slots: Slots, found: Sequence[Row[str, str, str]]) -> list[str]:
    return [id for id, tenant_id, url in found if slots.take(tenant_id, url)]
