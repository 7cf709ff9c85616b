"""`choreo evaluate`: evaluates a concept version."""

from pathlib import Path
from typing import Annotated

import typer

from choreo._sync.handles import Evaluation
from choreo.command.estimates import DryRun, stated, tell
from choreo.command.follow import to_the_end
from choreo.command.generate import BASES_OWN, reference
from choreo.command.jobs import NoWait, Timeout, say
from choreo.command.session import Session
from choreo.command.train import Webhook
from choreo.models import EvaluationRequest

Concept = Annotated[
    str, typer.Argument(help="What is measured: a concept or its name, also @3 or @prod.", show_default=False)
]
Prompts = Annotated[
    list[str] | None, typer.Option("--prompt", "-p", help="A prompt of the clips; repeatable.", show_default=BASES_OWN)
]
Seeds = Annotated[
    list[int] | None, typer.Option("--seed", min=0, help="A seed; repeatable. Each prompt is generated with each seed.")
]
Samples = Annotated[int | None, typer.Option(min=1, help="How many seeds to draw instead.", show_default="2")]
Folder = Annotated[
    Path | None, typer.Option("--output", "-o", file_okay=False, help="A folder for previews, sheet and report.")
]


def evaluate(
    session: Session,
    concept: Concept,
    *,
    prompts: Prompts = None,
    seeds: Seeds = None,
    samples: Samples = None,
    output: Folder = None,
    steps: Annotated[int | None, typer.Option(min=1, show_default=BASES_OWN)] = None,
    webhook_url: Webhook = None,
    dry_run: DryRun = False,
    no_wait: NoWait = False,
    timeout: Timeout = None,
) -> None:
    """Evaluates a concept version, compared with the base model on the same prompts.

    For example: choreo evaluate orbiting@prod -p "a yellow square orbiting on a navy background" -o scores
    """
    which = reference(session, concept)
    asked = stated(concept=which, prompts=prompts, seeds=seeds, samples=samples, steps=steps, webhook_url=webhook_url)
    if dry_run:
        tell(session, session.choreo.evaluations.estimate(EvaluationRequest(**asked)))
        return
    handle = session.choreo.evaluations.create(**asked)
    session.out.warnings(handle.job.warnings)
    if no_wait:
        say(session, handle.job)
        return
    to_the_end(session, handle, timeout)
    files = [str(path) for path in handle.download(output)] if output else []
    if session.out.as_json:
        session.out.json(handle.job.to_dict() | {"paths": files})
    else:
        _tell(session, handle, files)


def _tell(session: Session, handle: Evaluation, files: list[str]) -> None:
    measured = handle.measured
    base = measured.base_metrics.additional_properties
    rows = [(name, _figure(value), _figure(base.get(name))) for name, value in handle.metrics.items()]
    session.out.table(("METRIC", "VERSION", "BASE"), rows)
    for name, reason in measured.not_measured.additional_properties.items():
        session.out.note(f"{name} was not measured: {reason}")
    for file in files:
        session.out.say(file)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
