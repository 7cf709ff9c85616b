"""The pieces that several schemas share."""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"

JobId = Annotated[str, StringConstraints(pattern=f"^job_{_ULID}$")]
ConceptId = Annotated[str, StringConstraints(pattern=f"^con_{_ULID}$")]
ClipId = Annotated[str, StringConstraints(pattern=f"^clip_{_ULID}$")]
EndpointId = Annotated[str, StringConstraints(pattern=f"^whe_{_ULID}$")]
DeliveryId = Annotated[str, StringConstraints(pattern=f"^whd_{_ULID}$")]
TenantId = Annotated[str, StringConstraints(pattern=f"^ten_{_ULID}$")]
KeyId = Annotated[str, StringConstraints(pattern=f"^key_{_ULID}$")]
EventId = Annotated[str, StringConstraints(pattern=f"^evt_{_ULID}$")]
AliasName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_-]{0,31}$")]
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Caption = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Metadata = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=64)],
        Annotated[str, StringConstraints(max_length=512)],
    ],
    Field(max_length=16, description="Up to 16 pairs of strings that the service keeps and gives back."),
]
Scope = Literal["read", "train", "generate", "admin"]
Timestamp = AwareDatetime
Item = TypeVar("Item")


class Schema(BaseModel):
    """A closed, frozen shape: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), ser_json_inf_nan="null")


class Artifact(Schema):
    """A file in storage, with a URL signed afresh by every GET."""

    name: str
    size_bytes: int = Field(ge=0)
    sha256: Sha256
    content_type: str
    url: str


class StoredFile(Schema):
    """A file in storage as the record knows it: by key, never by URL."""

    name: str
    key: str
    size_bytes: int = Field(ge=0)
    sha256: Sha256
    content_type: str

    def signed(self, url: str) -> Artifact:
        """What a caller sees of it."""
        return Artifact(
            name=self.name, size_bytes=self.size_bytes, sha256=self.sha256, content_type=self.content_type, url=url
        )


class Page(Schema, Generic[Item]):
    """One page of a list; `next_cursor` is opaque and signed."""

    data: list[Item]
    next_cursor: str | None
    has_more: bool
