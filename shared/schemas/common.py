"""Types and base classes shared by the schemas.

Every field carries its own `description`, and an example where its type alone gives none: the OpenAPI document, both
SDKs and `/docs` are generated from them (`api/openapi.py`).
"""

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
from pydantic_core import PydanticCustomError, PydanticKnownError

from shared.text import is_visible

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
EXAMPLE_ULID = "01KAPZ6V3W8Q0M4N5R6S7T8V9X"
EXAMPLE_SHA256 = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"

JobId = Annotated[str, Field(pattern=f"^job_{_ULID}$", description="Id of the job.", examples=[f"job_{EXAMPLE_ULID}"])]
ConceptId = Annotated[
    str, Field(pattern=f"^con_{_ULID}$", description="Id of the concept.", examples=[f"con_{EXAMPLE_ULID}"])
]
ClipId = Annotated[
    str, Field(pattern=f"^clip_{_ULID}$", description="Id of the clip.", examples=[f"clip_{EXAMPLE_ULID}"])
]
EndpointId = Annotated[
    str, Field(pattern=f"^whe_{_ULID}$", description="Id of the webhook endpoint.", examples=[f"whe_{EXAMPLE_ULID}"])
]
DeliveryId = Annotated[
    str, Field(pattern=f"^whd_{_ULID}$", description="Id of the delivery.", examples=[f"whd_{EXAMPLE_ULID}"])
]
TenantId = Annotated[
    str, Field(pattern=f"^ten_{_ULID}$", description="Id of the tenant.", examples=[f"ten_{EXAMPLE_ULID}"])
]
KeyId = Annotated[
    str, Field(pattern=f"^key_{_ULID}$", description="Id of the API key.", examples=[f"key_{EXAMPLE_ULID}"])
]
EventId = Annotated[
    str, Field(pattern=f"^evt_{_ULID}$", description="Id of the event.", examples=[f"evt_{EXAMPLE_ULID}"])
]
AliasName = Annotated[
    str, Field(pattern="^[a-z][a-z0-9_-]{0,31}$", description="Name of the alias.", examples=["prod"])
]
Sha256 = Annotated[
    str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the file, in hexadecimal.", examples=[EXAMPLE_SHA256])
]
Seed = Annotated[int, Field(ge=0, lt=2**32, description="Seed of the random number generators.", examples=[7])]
Fraction = Annotated[float, Field(ge=0, le=1)]
MIN_FRAME_RATE = 0.1
"""Frames a second. A video file has a lower rate only as a ratio of small numbers, which is another rate."""
FrameRate = Annotated[float, Field(gt=0, le=120)]
"""Frames a second. A request for less than `MIN_FRAME_RATE` is refused when its defaults are resolved."""
NOT_BLANK = r"\S"
"""Pattern of texts that are stripped of white space and must not be empty; JSON Schema cannot say it otherwise."""


def _require_visible(text: str) -> str:
    if not is_visible(text):
        raise PydanticCustomError("blank", "The text has no visible character.")
    return text


Visible = AfterValidator(_require_visible)
"""A text with a visible character: zero-width and format characters alone are as good as none. For requests only,
because stored texts are older than this rule; prompts and captions are checked by `services.moderation.moderate`.
"""
Caption = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=NOT_BLANK),
    Field(
        description="Caption of the clip. It names the motion in words.",
        examples=["a red circle orbiting on a black background"],
    ),
]
Metadata = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=64)],
        Annotated[str, StringConstraints(max_length=512)],
    ],
    Field(
        max_length=16,
        description="Up to 16 key-value pairs of strings. The service stores them and returns them unchanged.",
        examples=[{"order": "1234"}],
    ),
]
Metrics = Annotated[
    dict[str, float | None],
    Field(
        description="Measured values by metric name (docs/evaluation.md); null for a value that is not finite.",
        examples=[{"text_alignment": 0.93, "motion_fidelity": 0.81, "leakage": 0.02}],
    ),
]
Scope = Literal["read", "train", "generate", "admin"]
Item = TypeVar("Item")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_FULL_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _require_rfc3339(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC3339.fullmatch(value)):
        return value
    raise PydanticCustomError("date_time", "Use an RFC 3339 timestamp, for example 2026-01-31T12:00:00Z.")


def _require_utc_range(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC) and value
    except OverflowError as error:
        raise PydanticCustomError("date_time", "The timestamp in UTC is before year 1 or after year 9999.") from error


def _require_full_date(value: Any) -> Any:
    if isinstance(value, date) or (isinstance(value, str) and _FULL_DATE.fullmatch(value)):
        return value
    raise PydanticCustomError("full_date", "Use an RFC 3339 date, for example 2026-01-31.")


def _require_digits(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch("-?[0-9]{1,19}", value):
        raise PydanticKnownError("int_parsing")
    return value


def _require_true_or_false(value: Any) -> Any:
    if isinstance(value, bool) or value in ("true", "false"):
        return value
    raise PydanticCustomError("boolean", "Use true or false.")


def _to_integer(value: Any) -> Any:
    """Converts a float without a fraction to an integer: JSON Schema counts it as one (2020-12, section 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _to_integers(value: Any) -> Any:
    """Converts a number, or each number in a list, with `_to_integer`."""
    return [_to_integer(item) for item in cast("list[Any]", value)] if isinstance(value, list) else _to_integer(value)


Timestamp = Annotated[
    AwareDatetime,
    Strict(strict=False),
    BeforeValidator(_require_rfc3339),
    AfterValidator(_require_utc_range),
    Field(examples=["2026-03-01T12:00:00Z"]),
]
"""An RFC 3339 timestamp with an offset. Pydantic alone would also accept numbers and dates without a time."""
CreatedAt = Annotated[Timestamp, Field(description="Time at which it was created.")]
UpdatedAt = Annotated[Timestamp, Field(description="Time of the last change.")]
Day = Annotated[date, BeforeValidator(_require_full_date), Field(examples=["2026-03-01"])]
DIGITS = BeforeValidator(_require_digits)
"""For integers in queries, paths and headers: decimal digits. Pydantic alone would also accept `1_0`, `+1`, `1.0`."""
QueryBool = Annotated[bool, BeforeValidator(_require_true_or_false)]
"""A boolean query parameter: `true` or `false`. Pydantic alone would also accept `yes`, `on` and `1`."""


class Schema(BaseModel):
    """Base of all schemas: immutable, and unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), ser_json_inf_nan="null")


class RequestSchema(Schema):
    """Base of request schemas: every value has its own JSON type. The text "5" is not a number; 5.0 is an integer."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _read_integers(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        return {name: _to_integers(value) for name, value in cast("dict[str, Any]", fields).items()}


def _show_defaults_as_examples(schema: dict[str, Any]) -> None:
    for field in schema["properties"].values():
        default = field.pop("default", None)
        if default is not None:
            field.setdefault("examples", [default])


class ResolvedSchema(Schema):
    """Base of schemas that have a value for every field: a response always has them all.

    The default of a field is the method's. It applies when neither the request nor the base model has a value.
    """

    model_config = ConfigDict(
        json_schema_serialization_defaults_required=True, json_schema_extra=_show_defaults_as_examples
    )


class Artifact(Schema):
    """A file in object storage. Each GET of the resource signs a new URL."""

    name: str = Field(description="Name of the file within its job or version.", examples=["video.mp4"])
    size_bytes: int = Field(ge=0, description="Size in bytes.", examples=[48213])
    sha256: Sha256
    content_type: str = Field(description="Media type.", examples=["video/mp4"])
    url: str = Field(
        description="Presigned URL for a download. It expires; read the resource again for a new one.",
        examples=["https://storage.example.com/video.mp4?signature=..."],
    )


class StoredFile(Schema):
    """A file in object storage as the database keeps it: by storage key, without a URL."""

    name: str
    key: str
    size_bytes: int = Field(ge=0)
    sha256: Sha256
    content_type: str

    def signed(self, url: str) -> Artifact:
        """The file as the API returns it, with a presigned URL."""
        return Artifact(
            name=self.name, size_bytes=self.size_bytes, sha256=self.sha256, content_type=self.content_type, url=url
        )


class Page(Schema, Generic[Item]):
    """One page of a list."""

    # Pydantic does not pass the docstring on to Page[Clip] and the other parametrized classes.
    model_config = ConfigDict(json_schema_extra={"description": "One page of a list."})

    data: list[Item] = Field(description="Items of this page.")
    next_cursor: str | None = Field(
        description="Opaque cursor of the next page, for the query parameter `cursor`; null on the last page.",
        examples=[None],
    )
    has_more: bool = Field(description="Whether another page follows.", examples=[False])
