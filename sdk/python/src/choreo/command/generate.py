"""`choreo generate`: generates a video."""

from typing import Annotated, Literal

import typer

from choreo.command.concept_names import find_concept
from choreo.command.estimates import DryRun, stated, tell
from choreo.command.jobs import NoWait, Output, Timeout, fetch, say
from choreo.command.session import Session
from choreo.command.train import Webhook
from choreo.models import GenerationRequest, Highway

Prompt = Annotated[str, typer.Argument(help="The prompt: subject, motion and background.", show_default=False)]
Concept = Annotated[
    str | None,
    typer.Option(help="The concept: its id or name, also @3 or @prod.", show_default="the plain base"),
]
BASES_OWN = "the base model's"


def generate(
    session: Session,
    prompt: Prompt,
    *,
    concept: Concept = None,
    output: Output = None,
    seed: Annotated[int | None, typer.Option(min=0, show_default="any")] = None,
    negative_prompt: Annotated[str, typer.Option(help="What shall not be seen.")] = "",
    num_frames: Annotated[int | None, typer.Option("--frames", min=1, show_default=BASES_OWN)] = None,
    height: Annotated[int | None, typer.Option(min=8, help="In pixels.", show_default=BASES_OWN)] = None,
    width: Annotated[int | None, typer.Option(min=8, help="In pixels.", show_default=BASES_OWN)] = None,
    steps: Annotated[int | None, typer.Option(min=1, show_default=BASES_OWN)] = None,
    guidance_scale: Annotated[float | None, typer.Option("--guidance", min=0, show_default=BASES_OWN)] = None,
    adapter_scale: Annotated[float | None, typer.Option(min=0, help="How strongly it moves so.")] = None,
    highway: Annotated[
        Literal["off", "release", "full"] | None, typer.Option(help="The Appearance Highway.", show_default=BASES_OWN)
    ] = None,
    base_model: Annotated[str | None, typer.Option(show_default="the concept's")] = None,
    webhook_url: Webhook = None,
    dry_run: DryRun = False,
    no_wait: NoWait = False,
    timeout: Timeout = None,
) -> None:
    """Generates a video, with a concept or with the base model alone, and downloads it.

    For example: choreo generate "a yellow square orbiting on a navy background" --concept orbiting -o orbit.mp4
    """
    asked = stated(
        prompt=prompt,
        concept=None if concept is None else reference(session, concept),
        base_model=base_model,
        negative_prompt=negative_prompt,
        seed=seed,
        num_frames=num_frames,
        height=height,
        width=width,
        steps=steps,
        guidance_scale=guidance_scale,
        adapter_scale=adapter_scale,
        highway=None if highway is None else Highway(mode=highway),
        webhook_url=webhook_url,
    )
    if dry_run:
        tell(session, session.choreo.generations.estimate(GenerationRequest(**asked)))
        return
    handle = session.choreo.generations.create(**asked)
    session.out.warnings(handle.job.warnings)
    if no_wait:
        say(session, handle.job)
        return
    path = fetch(session, handle, output, timeout)
    if session.out.as_json:
        session.out.json(handle.job.to_dict() | {"path": str(path)})
    else:
        session.out.say(str(path))


def reference(session: Session, which: str) -> str:
    """Resolve a concept name, optionally with `@`, to its id; ids are unchanged. Raises what `only` raises."""
    if which.startswith("con_"):
        return which
    name, at, version = which.rpartition("@") if "@" in which else (which, "", "")
    return find_concept(session.choreo, name).id + at + version
