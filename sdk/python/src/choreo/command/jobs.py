"""`choreo jobs`: list, show, cancel, retry, download; checkpoints, previews and promotion of trainings."""

from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from choreo._sync.handles import Generation, Training
from choreo.command.follow import to_the_end
from choreo.command.progress import words
from choreo.command.session import Session, command
from choreo.errors import JobFailed
from choreo.models import Job

app = typer.Typer(
    no_args_is_help=True, help="Trainings, generations, evaluations: list, look, cancel, retry, save, show, download."
)
Which = Annotated[str, typer.Argument(metavar="JOB", help="job_...", show_default=False)]
Kind = Literal["training", "generation", "evaluation"]
State = Literal["queued", "running", "canceling", "succeeded", "failed", "canceled"]
Timeout = Annotated[float | None, typer.Option(help="Maximum wait in seconds; the job continues.", min=0.0)]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", dir_okay=False, help="Where the video goes.", show_default="JOB.mp4")
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Return as soon as the job is queued.")]


@command(app, "list")
def list_(
    session: Session,
    kind: Annotated[Kind | None, typer.Option(help="Only of this kind.")] = None,
    state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
    concept: Annotated[str | None, typer.Option(help="Only of this concept: con_...")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
) -> None:
    """Lists jobs, the newest first."""
    found = list(islice(session.choreo.jobs.list(kind=kind, state=state, concept=concept), limit))
    if session.out.as_json:
        session.out.json([job.to_dict() for job in found])
    else:
        session.out.table(("ID", "KIND", "STATE", "MADE"), map(_row, found))


@command(app, "show")
def show(session: Session, which: Which) -> None:
    """Shows a job with its progress, result or error."""
    job = session.choreo.jobs.get(which)
    session.out.warnings(job.warnings)
    say(session, job)


@command(app, "cancel")
def cancel(session: Session, which: Which) -> None:
    """Cancels a job: at once while it is queued, otherwise as soon as its engine has stopped."""
    say(session, session.choreo.jobs.cancel(which))


@command(app, "retry")
def retry(session: Session, which: Which, *, no_wait: NoWait = False, timeout: Timeout = None) -> None:
    """Retries a failed or canceled job as a new job."""
    handle = session.choreo.jobs.retry(which)
    session.out.warnings(handle.job.warnings)
    say(session, handle.job if no_wait else to_the_end(session, handle, timeout))


@command(app, "checkpoint")
def checkpoint(session: Session, which: Which) -> None:
    """Requests a checkpoint of a running training; `show` displays when it is stored."""
    handle = _training(session, which)
    handle.checkpoint()
    say(session, handle.job)


@command(app, "promote")
def promote(
    session: Session,
    which: Which,
    step: Annotated[int | None, typer.Option(min=1, help="Of this step.", show_default="the newest")] = None,
    *,
    no_wait: NoWait = False,
    timeout: Timeout = None,
) -> None:
    """Promotes a training's checkpoint to a version with a short training; the original may still run."""
    handle = _training(session, which).promote(step=step)
    say(session, handle.job if no_wait else to_the_end(session, handle, timeout))


@command(app, "preview")
def preview(
    session: Session,
    which: Which,
    prompt: Annotated[str | None, typer.Argument(help="The prompt of the preview.", show_default="its own")] = None,
    *,
    output: Output = None,
    seed: Annotated[int | None, typer.Option(min=0, show_default="the training's")] = None,
) -> None:
    """Renders a preview of a running training and downloads the video; the training continues."""
    handle = _training(session, which)
    asked = handle.preview(prompt, seed=seed)
    session.out.note(f"preview {asked.number}: {asked.prompt}")
    pointer = f"/previews/{asked.number - 1}/prompt"
    session.out.warnings(warning for warning in handle.job.warnings if warning.pointer == pointer)
    path = handle.download_preview(asked.number, output or Path(f"{handle.id}-{asked.number}.mp4"))
    if session.out.as_json:
        session.out.json(handle.job.previews[asked.number - 1].to_dict() | {"path": str(path)})
    else:
        session.out.say(str(path))


@command(app, "download")
def download(session: Session, which: Which, output: Output = None) -> None:
    """Downloads a generation's video; waits for it if necessary."""
    handle = session.choreo.jobs.handle(which)
    if not isinstance(handle, Generation):
        raise typer.BadParameter(f"{which} is a {handle.job.kind}, which makes no video")
    path = fetch(session, handle, output, None)
    if session.out.as_json:
        session.out.json({"id": handle.id, "path": str(path)})
    else:
        session.out.say(str(path))


def _training(session: Session, which: str) -> Training:
    handle = session.choreo.jobs.handle(which)
    if not isinstance(handle, Training):
        raise typer.BadParameter(f"{which} is a {handle.job.kind}, and only trainings can do this")
    return handle


def fetch(session: Session, handle: Generation, output: Path | None, timeout: float | None) -> Path:
    """Wait for a generation and write its video; returns the path."""
    to_the_end(session, handle, timeout)
    return handle.download(output or Path(f"{handle.id}.mp4"))


def say(session: Session, job: Job) -> None:
    """Print a job."""
    if session.out.as_json:
        session.out.json(job.to_dict())
        return
    session.out.table(("ID", "KIND", "STATE", "MADE"), [_row(job)])
    error = str(JobFailed(job)).removeprefix(f"{job.id}: ") if job.state == "failed" else None
    facts = {"now": words(job.state, job.progress, job.queue_position), "error": error, "retry of": job.retry_of}
    for name, value in facts.items():
        if value:
            session.out.say(f"{name}: {value}")


def _row(job: Job) -> tuple[Any, ...]:
    return job.id, job.kind, job.state, job.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
