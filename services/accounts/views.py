"""Tenants, keys and audit entries as the admin API returns them."""

from typing import Any

from services.db.tables import ApiKeyRow, AuditRow, TenantRow
from shared.schemas.account import Key, KeyWithToken, Tenant
from shared.schemas.audit import AuditEntry


def tenant(row: TenantRow) -> Tenant:
    """The tenant resource."""
    return Tenant(id=row.id, name=row.name, created_at=row.created_at)


def key(row: ApiKeyRow) -> Key:
    """The key resource, without its token."""
    return Key.model_validate(_key(row))


def key_with_token(row: ApiKeyRow, token: str) -> KeyWithToken:
    """A new key with its token."""
    return KeyWithToken.model_validate(_key(row) | {"token": token})


def audit_entry(row: AuditRow) -> AuditEntry:
    """The audit entry resource."""
    return AuditEntry.model_validate({name: getattr(row, name) for name in AuditEntry.model_fields})


def _key(row: ApiKeyRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "tenant_id": row.tenant_id,
        "name": row.name,
        "hint": row.hint,
        "scopes": row.scopes,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
    }
