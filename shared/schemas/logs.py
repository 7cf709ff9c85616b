"""What a job says as it goes, beside its events: log lines, and the points of its curves."""

from typing import Literal

from pydantic import Field

from shared.schemas.common import Schema, Timestamp

LogLevel = Literal["info", "warning", "error"]


class LogLine(Schema):
    """One thing that an attempt did."""

    at: Timestamp
    attempt: int = Field(ge=1)
    level: LogLevel
    message: str


class MetricPoint(Schema):
    """One step of an attempt."""

    at: Timestamp
    phase: str
    step: int = Field(ge=0)
    loss: float | None = Field(description="Null but in the phase `training`.")
    seconds_per_step: float | None = Field(description="A running mean.")
    memory_bytes: int = Field(ge=0, description="The engine's peak so far.")


class JobMetrics(Schema):
    """The curves of one attempt, thinned to about a thousand points a phase."""

    attempt: int = Field(ge=0)
    points: list[MetricPoint]
