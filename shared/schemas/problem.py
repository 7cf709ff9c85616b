"""Error responses: `application/problem+json` (RFC 9457)."""

from pydantic import Field

from shared.schemas.common import EXAMPLE_ULID, Schema

_DETAIL = "/recipe/stepps: This field is not known."


class ProblemField(Schema):
    """An error in one field of the request."""

    pointer: str = Field(
        description="JSON Pointer (RFC 6901) into the body, or the location of a parameter such as `query/limit`.",
        examples=["/recipe/stepps"],
    )
    code: str = Field(description="Stable error code (docs/errors.md).", examples=["unknown_field"])
    message: str = Field(description="Text for people. It may change.", examples=["This field is not known."])


class Problem(Schema):
    """An error response (RFC 9457)."""

    type: str = Field(description="`urn:choreo:problem:` and the code.", examples=["urn:choreo:problem:invalid"])
    title: str = Field(description="Short text for people. It depends on the code only.", examples=["Invalid request"])
    status: int = Field(description="HTTP status code.", examples=[422])
    detail: str = Field(description="Text for people about this occurrence. It may change.", examples=[_DETAIL])
    code: str = Field(description="Stable error code (docs/errors.md).", examples=["invalid"])
    request_id: str = Field(
        description="Id of the request, as in the header `X-Request-Id`. Quote it to the operator.",
        examples=[f"req_{EXAMPLE_ULID}"],
    )
    retryable: bool = Field(description="Whether the same request may succeed later.", examples=[False])
    errors: list[ProblemField] = Field(
        default_factory=list[ProblemField], description="An entry for each field that is wrong."
    )
    violated_policies: list[str] = Field(
        default_factory=list[str],
        description="Limits that the request would exceed: `requests`, or names of quotas.",
        examples=[[]],
    )
