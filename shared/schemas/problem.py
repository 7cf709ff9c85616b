"""Errors on the wire: `application/problem+json` (RFC 9457)."""

from pydantic import Field

from shared.schemas.common import Schema


class ProblemField(Schema):
    """One wrong field; `pointer` is a JSON pointer into the request body."""

    pointer: str
    code: str
    message: str


class Problem(Schema):
    """What went wrong, and whether to try again."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    retryable: bool
    errors: list[ProblemField] = Field(default_factory=list[ProblemField])
    violated_policies: list[str] = Field(
        default_factory=list[str], description="The limits that the request would pass: `requests`, or quotas."
    )
