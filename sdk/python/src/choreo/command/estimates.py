"""Estimates of dry runs as text."""

from typing import Annotated, Any

import typer

from choreo.command.session import Session
from choreo.models import EvaluationEstimate, GenerationEstimate, TrainingEstimate

Estimate = TrainingEstimate | GenerationEstimate | EvaluationEstimate
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Validate it and print its cost and queue wait; create nothing.")
]


def tell(session: Session, estimate: Estimate) -> None:
    """Print an estimate."""
    if session.out.as_json:
        session.out.json(estimate.to_dict())
        return
    session.out.warnings(estimate.warnings)
    session.out.say(f"gpu seconds: {_cost(estimate)}")
    session.out.say(f"goes first: {estimate.queue_position} jobs, {_wait(estimate)}")


def stated(**fields: Any) -> dict[str, Any]:
    """The request fields that were given; the service fills in the others."""
    return {name: value for name, value in fields.items() if value is not None}


def _cost(estimate: Estimate) -> str:
    cost = estimate.gpu_seconds
    if cost is None:
        return f"unknown, after {estimate.num_past_jobs} jobs like it"
    sure = "" if estimate.confidence is None else f" with confidence {estimate.confidence:.2f}"
    return f"{cost.likely:.0f}, {cost.low:.0f} to {cost.high:.0f}{sure}, after {estimate.num_past_jobs} jobs like it"


def _wait(estimate: Estimate) -> str:
    wait = estimate.queue_wait_seconds
    return "for an unknown time" if wait is None else f"for about {wait.likely:.0f} s"
