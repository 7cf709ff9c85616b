"""The pieces that several schemas share."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar, cast

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

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
NOT_BLANK = r"\S"
"""The pattern of texts that are stripped and must not be empty, so that the document says it too."""
Caption = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=NOT_BLANK)]
Metadata = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=64)],
        Annotated[str, StringConstraints(max_length=512)],
    ],
    Field(max_length=16, description="Up to 16 pairs of strings that the service keeps and gives back."),
]
Scope = Literal["read", "train", "generate", "admin"]
Item = TypeVar("Item")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _moment(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC3339.fullmatch(value)):
        return value
    raise PydanticCustomError("date_time", "Write a moment as RFC 3339 does: 2026-01-31T12:00:00Z.")


def _representable(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC) and value
    except OverflowError as error:
        raise PydanticCustomError("date_time", "In UTC this is before the year 1 or after 9999.") from error


def _day(value: Any) -> Any:
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("full_date", "Write a day as RFC 3339 does: 2026-01-31.")


def _spelt_out(value: Any) -> Any:
    if isinstance(value, bool) or value in ("true", "false"):
        return value
    raise PydanticCustomError("boolean", "Write true or false.")


def _whole(value: Any) -> Any:
    """A number without a fraction as the integer that it is to JSON Schema (2020-12, section 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _all_whole(value: Any) -> Any:
    """The same of a number, or of those in a list."""
    return [_whole(item) for item in cast("list[Any]", value)] if isinstance(value, list) else _whole(value)


Timestamp = Annotated[AwareDatetime, Strict(strict=False), BeforeValidator(_moment), AfterValidator(_representable)]
"""A moment: pydantic alone would read numbers and days as moments too."""
Day = Annotated[date, BeforeValidator(_day)]
Flag = Annotated[bool, BeforeValidator(_spelt_out)]
"""A query parameter that is true or false, and not yes, on or 1."""


class Schema(BaseModel):
    """A closed, frozen shape: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), ser_json_inf_nan="null")


class RequestSchema(Schema):
    """What a caller writes: each value is of its own JSON type. The text "5" is no number; 5.0 is an integer."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _read_whole_numbers(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        return {name: _all_whole(value) for name, value in cast("dict[str, Any]", fields).items()}


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
