"""Tenants and API keys, as whoever runs the service sees them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.schemas.common import NOT_BLANK, KeyId, RequestSchema, Schema, Scope, TenantId, Timestamp

AccountName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NOT_BLANK)]


class TenantCreate(RequestSchema):
    """A new tenant."""

    name: AccountName


class TenantPatch(RequestSchema):
    """What to change; what is left out stays."""

    name: AccountName | None = None


class Tenant(Schema):
    """Who the service works for; everything else belongs to one."""

    id: TenantId
    name: str
    created_at: Timestamp


class KeyCreate(RequestSchema):
    """A new key for a tenant."""

    tenant_id: TenantId
    name: AccountName = Field(description="For people: which program holds it.")
    scopes: list[Scope] = Field(min_length=1, max_length=4)
    expires_at: Timestamp | None = None


class Key(Schema):
    """An API key. Only its hash is stored; `hint` is the end of its token."""

    id: KeyId
    tenant_id: TenantId
    name: str
    hint: str
    scopes: list[Scope]
    created_at: Timestamp
    expires_at: Timestamp | None
    revoked_at: Timestamp | None


class KeyWithToken(Key):
    """The same with its token, `chk_...`: no later answer has it."""

    token: str | None = Field(description="Null when a request is repeated under its idempotency key.")
