"""All tables."""

from services.db.tables.accounts import ApiKeyRow, AuditRow, IdempotencyRow, TenantRow
from services.db.tables.base import Table
from services.db.tables.concepts import AliasRow, ClipRow, ConceptRow, ExpiringUploadRow, VersionRow
from services.db.tables.events import DeletionRow, EventRow, OutboxRow
from services.db.tables.jobs import (
    AttemptRow,
    JobCountChangeRow,
    JobCountRow,
    JobLogRow,
    JobPointRow,
    JobRow,
    RefusedWriteRow,
    TurnRow,
    WorkerRow,
)
from services.db.tables.webhooks import WebhookAttemptRow, WebhookDeliveryRow, WebhookEndpointRow, WebhookMessageRow

__all__ = [
    "AliasRow",
    "ApiKeyRow",
    "AttemptRow",
    "AuditRow",
    "ClipRow",
    "ConceptRow",
    "DeletionRow",
    "EventRow",
    "ExpiringUploadRow",
    "IdempotencyRow",
    "JobCountChangeRow",
    "JobCountRow",
    "JobLogRow",
    "JobPointRow",
    "JobRow",
    "OutboxRow",
    "RefusedWriteRow",
    "Table",
    "TenantRow",
    "TurnRow",
    "VersionRow",
    "WebhookAttemptRow",
    "WebhookDeliveryRow",
    "WebhookEndpointRow",
    "WebhookMessageRow",
    "WorkerRow",
]
