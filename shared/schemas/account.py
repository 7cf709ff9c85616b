"""Tenants and API keys, as the operator sees them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.schemas.common import (
    NOT_BLANK,
    CreatedAt,
    KeyId,
    RequestSchema,
    Schema,
    Scope,
    TenantId,
    Timestamp,
    Visible,
)

_Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NOT_BLANK), Visible
]
TenantName = Annotated[_Name, Field(description="Name of the tenant, for people.", examples=["Acme"])]
KeyName = Annotated[
    _Name, Field(description="Name of the key, for people: the program that uses it.", examples=["web backend"])
]


class TenantCreate(RequestSchema):
    """Request for a new tenant."""

    name: TenantName


class TenantPatch(RequestSchema):
    """Changes of a tenant. An omitted field keeps its value."""

    name: TenantName | None = Field(default=None, description="New name.", examples=["Acme"])


class Tenant(Schema):
    """A tenant: the owner of clips, concepts, jobs and keys."""

    id: TenantId
    name: str = Field(description="Name of the tenant, for people.", examples=["Acme"])
    created_at: CreatedAt


class KeyCreate(RequestSchema):
    """Request for a new API key of a tenant."""

    tenant_id: TenantId
    name: KeyName
    scopes: list[Scope] = Field(
        min_length=1,
        max_length=4,
        description="Scopes of the key (docs/accounts.md).",
        examples=[["read", "train", "generate"]],
    )
    expires_at: Timestamp | None = Field(default=None, description="Time at which it expires. Default: never.")


class Key(Schema):
    """An API key. The service stores the hash of its token only."""

    id: KeyId
    tenant_id: TenantId
    name: str = Field(description="Name of the key, for people.", examples=["web backend"])
    hint: str = Field(description="The last characters of the token.", examples=["x7Qm"])
    scopes: list[Scope] = Field(description="Scopes of the key.", examples=[["read", "train", "generate"]])
    created_at: CreatedAt
    expires_at: Timestamp | None = Field(description="Time at which it expires; null for never.")
    revoked_at: Timestamp | None = Field(
        description="Time at which it was revoked; null unless it was.", examples=[None]
    )


class KeyWithToken(Key):
    """A new API key with its token. No later response contains the token."""

    token: str | None = Field(
        description="The token, `chk_...`; null when the request is repeated with the same idempotency key.",
        examples=["chk_..."],
    )
