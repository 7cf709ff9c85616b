"""Tenants and API keys. A key is shown once, at its creation; only its hash is stored.

Listing, renaming and rotation are in `services.accounts.admin`.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from sqlalchemy import select, update

from services.db.sessions import ReadSession, WriteSession
from services.db.tables import ApiKeyRow, TenantRow
from shared.errors import Forbidden, Invalid, NotFound, Unauthorized
from shared.ids import new_id
from shared.schemas.common import Scope
from shared.schemas.limits import TenantLimits

TOKEN_PREFIX = "chk_"  # noqa: S105  (a prefix, not a password)
SCOPES: frozenset[Scope] = frozenset(get_args(Scope))


@dataclass(frozen=True)
class Tenant:
    """A tenant."""

    id: str
    name: str


@dataclass(frozen=True)
class CreatedKey:
    """A new key; `token` is not shown again."""

    id: str
    token: str
    hint: str
    scopes: frozenset[Scope]


@dataclass(frozen=True)
class Principal:
    """The authenticated caller of a request, with its scopes."""

    tenant_id: str
    scopes: frozenset[Scope]
    key_id: str
    requests_per_minute: int | None = None
    """The tenant's own rate limit; None: the service's default."""

    def require(self, scope: Scope) -> None:
        """Raises Forbidden if the key lacks the scope."""
        if scope not in self.scopes:
            raise Forbidden(f"this call needs a key with the scope {scope!r}")


def create_tenant(session: WriteSession, name: str, now: datetime) -> Tenant:
    """Create a tenant without keys."""
    tenant = Tenant(new_id("ten", now), name)
    session.add(TenantRow(id=tenant.id, name=name, event_seq=0, created_at=now))
    return tenant


def find_tenant(session: ReadSession, name: str) -> Tenant | None:
    """The oldest tenant with this name, or None."""
    row = session.scalar(select(TenantRow).where(TenantRow.name == name).order_by(TenantRow.id).limit(1))
    return Tenant(row.id, row.name) if row else None


def create_key(
    session: WriteSession,
    tenant_id: str,
    name: str,
    scopes: Collection[Scope],
    now: datetime,
    *,
    expires_at: datetime | None = None,
) -> CreatedKey:
    """Create a key. Raises Invalid for an unknown scope or without scopes."""
    if not scopes or not SCOPES.issuperset(scopes):
        raise Invalid.at("/scopes", "unknown_scope", f"scopes must be some of {', '.join(sorted(SCOPES))}")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    key = CreatedKey(new_id("key", now), token, token[-4:], frozenset(scopes))
    session.add(
        ApiKeyRow(
            id=key.id,
            tenant_id=tenant_id,
            name=name,
            sha256=hash_token(token),
            hint=key.hint,
            scopes=sorted(scopes),
            created_at=now,
            expires_at=expires_at,
        )
    )
    return key


def authenticate(session: ReadSession, token: str, now: datetime) -> Principal:
    """The principal of a token. Raises Unauthorized when it is unknown, revoked or expired."""
    query = select(ApiKeyRow, TenantRow.limits).join(TenantRow, TenantRow.id == ApiKeyRow.tenant_id)
    found = next(iter(session.rows(query.where(ApiKeyRow.sha256 == hash_token(token)))), None)
    key = _check_valid(found[0] if found else None, now)
    limits = TenantLimits.model_validate(found[1] if found else {})
    return Principal(key.tenant_id, frozenset(key.scopes), key.id, limits.requests_per_minute)


def check_key(session: ReadSession, key_id: str, now: datetime) -> None:
    """Raises Unauthorized when the key of a long request was revoked or has expired since the request began."""
    _check_valid(session.get(ApiKeyRow, key_id), now)


def revoke_key(session: WriteSession, tenant_id: str, key_id: str, now: datetime) -> None:
    """Revoke a key at once. Idempotent. Raises NotFound."""
    ours = (ApiKeyRow.id == key_id, ApiKeyRow.tenant_id == tenant_id)
    if session.scalar(select(ApiKeyRow.id).where(*ours)) is None:
        raise NotFound(f"no key {key_id}")
    session.execute(update(ApiKeyRow).where(*ours, ApiKeyRow.revoked_at.is_(None)).values(revoked_at=now))


def _check_valid(key: ApiKeyRow | None, now: datetime) -> ApiKeyRow:
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise Unauthorized("the API key is unknown, revoked or expired")
    return key


def hash_token(token: str) -> str:
    """The stored hash of a token. Tokens are long and random, so a plain SHA-256 cannot be brute-forced."""
    return hashlib.sha256(token.encode()).hexdigest()
