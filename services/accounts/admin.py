"""Administration of all tenants and keys; its queries are not bound to one tenant."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from services.accounts.service import CreatedKey, create_key
from services.db.sessions import ReadSession, WriteSession
from services.db.tables import ApiKeyRow, TenantRow
from shared.errors import Conflict, Invalid, NotFound
from shared.schemas.account import KeyCreate, TenantPatch
from shared.schemas.limits import TenantLimits

MAX_LIFETIME = timedelta(days=3653)


class KeyInactive(Conflict):
    """The key was revoked or has expired; create a new one."""

    code, title = "key_inactive", "Key inactive"


def get_tenant(session: ReadSession, tenant_id: str) -> TenantRow:
    """Raises NotFound."""
    row = session.get(TenantRow, tenant_id)
    if row is None:
        raise NotFound(f"no tenant {tenant_id}")
    return row


def list_tenants(session: ReadSession, limit: int, after: str | None = None) -> Sequence[TenantRow]:
    """Up to `limit` tenants, newest first, after the tenant `after`."""
    query = select(TenantRow) if after is None else select(TenantRow).where(TenantRow.id < after)
    return session.scalars(query.order_by(TenantRow.id.desc()).limit(limit))


def patch_tenant(session: WriteSession, tenant_id: str, request: TenantPatch) -> TenantRow:
    """Set the fields that the request contains. Raises NotFound."""
    row = get_tenant(session, tenant_id)
    stated = request.model_dump(exclude_none=True)
    if not stated:
        return row
    change = update(TenantRow).where(TenantRow.id == tenant_id).values(stated)
    return session.returning(change.returning(TenantRow))[0]


def set_limits(session: WriteSession, tenant_id: str, limits: TenantLimits) -> None:
    """Set a tenant's limits; running and queued jobs are not affected. Raises NotFound."""
    get_tenant(session, tenant_id)
    stated = limits.model_dump(exclude_none=True)
    session.execute(update(TenantRow).where(TenantRow.id == tenant_id).values(limits=stated))


def get_key(session: ReadSession, key_id: str) -> ApiKeyRow:
    """Raises NotFound."""
    row = session.get(ApiKeyRow, key_id)
    if row is None:
        raise NotFound(f"no key {key_id}")
    return row


def list_keys(
    session: ReadSession, limit: int, after: str | None = None, tenant_id: str | None = None
) -> Sequence[ApiKeyRow]:
    """Up to `limit` keys of one tenant or of all, newest first, after the key `after`."""
    query = select(ApiKeyRow)
    query = query if tenant_id is None else query.where(ApiKeyRow.tenant_id == tenant_id)
    query = query if after is None else query.where(ApiKeyRow.id < after)
    return session.scalars(query.order_by(ApiKeyRow.id.desc()).limit(limit))


def issue_key(session: WriteSession, request: KeyCreate, now: datetime) -> CreatedKey:
    """Create a key. Raises Invalid when the tenant does not exist or `expires_at` is not within ten years from now."""
    if session.get(TenantRow, request.tenant_id) is None:
        raise Invalid.at("/tenant_id", "tenant_not_found", f"no tenant {request.tenant_id}")
    if request.expires_at is not None and not now < request.expires_at <= now + MAX_LIFETIME:
        raise Invalid.at("/expires_at", "bad_end", "expires_at must be in the future, within ten years, or absent")
    scopes = set(request.scopes)
    return create_key(session, request.tenant_id, request.name, scopes, now, expires_at=request.expires_at)


def rotate_key(session: WriteSession, key_id: str, overlap: timedelta, now: datetime) -> CreatedKey:
    """Create a key with the same properties; the old key expires after `overlap`. An expiring key keeps its lifetime.

    Raises NotFound, KeyInactive.
    """
    old = session.scalar(select(ApiKeyRow).where(ApiKeyRow.id == key_id).with_for_update())
    if old is None:
        raise NotFound(f"no key {key_id}")
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise KeyInactive(f"{key_id} was revoked or has expired")
    ends = now + overlap if old.expires_at is None else min(old.expires_at, now + overlap)
    session.execute(update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(expires_at=ends))
    life = None if old.expires_at is None else now + (old.expires_at - old.created_at)
    return create_key(session, old.tenant_id, old.name, old.scopes, now, expires_at=life)
