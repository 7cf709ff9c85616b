"""Records of a job's attempts beside its events: log lines, and the points of its curves."""

from typing import Literal

from pydantic import Field

from shared.schemas.common import Schema, Timestamp

LogLevel = Literal["info", "warning", "error"]


class LogLine(Schema):
    """A line of a job's log."""

    at: Timestamp = Field(description="Time of the entry.")
    attempt: int = Field(ge=1, description="Number of the attempt that wrote it.", examples=[1])
    level: LogLevel = Field(description="Severity.", examples=["info"])
    message: str = Field(description="Text of the entry.", examples=["training from the beginning"])


class MetricPoint(Schema):
    """Measurements of one step of an attempt."""

    at: Timestamp = Field(description="Time of the step.")
    phase: str = Field(description="Phase, as in `progress.phase`.", examples=["training"])
    step: int = Field(ge=0, description="Number of the step within the phase.", examples=[75])
    loss: float | None = Field(
        description="Training loss; null in phases other than `training` and for a value that is not finite.",
        examples=[0.031],
    )
    seconds_per_step: float | None = Field(
        description="Exponential moving average of the time of a step, in seconds.", examples=[0.24]
    )
    memory_bytes: int = Field(ge=0, description="Peak memory of the attempt so far, in bytes.", examples=[3221225472])


class JobMetrics(Schema):
    """The curves of one attempt, thinned to about a thousand points in each phase."""

    attempt: int = Field(ge=0, description="Number of the attempt; 0 before the first one.", examples=[1])
    points: list[MetricPoint] = Field(description="Measurements in the order of the steps.")
