"""How tenants, keys and acts look to whoever runs the service."""

from typing import Any

from services.db.tables import ApiKeyRow, AuditRow, TenantRow
from shared.schemas.account import Key, KeyWithToken, Tenant
from shared.schemas.audit import AuditEntry


def tenant(row: TenantRow) -> Tenant:
    """The tenant."""
    return Tenant(id=row.id, name=row.name, created_at=row.created_at)


def key(row: ApiKeyRow) -> Key:
    """The key, without its token, which nobody has kept."""
    return Key.model_validate(_key(row))


def key_with_token(row: ApiKeyRow, token: str) -> KeyWithToken:
    """The key for whoever has just made it."""
    return KeyWithToken.model_validate(_key(row) | {"token": token})


def audit_entry(row: AuditRow) -> AuditEntry:
    """One act."""
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
