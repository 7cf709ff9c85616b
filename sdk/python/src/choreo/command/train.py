"""`choreo train`: trains a motion concept."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import attrs
import typer

from choreo.command.concept_names import find_concept, find_or_create_concept
from choreo.command.estimates import DryRun, stated, tell
from choreo.command.follow import to_the_end
from choreo.command.jobs import NoWait, Timeout, say
from choreo.command.session import Session
from choreo.models import Highway, Recipe, TrainingClip, TrainingRequest
from choreo.responses import argument

Clips = Annotated[
    list[str], typer.Argument(metavar="CLIP", help="Video files, or clip_... of the service.", show_default=False)
]
Captions = Annotated[
    list[str],
    typer.Option(
        "--caption", "-c", help="What moves, and how: one for all clips, or one for each.", show_default=False
    ),
]
ConceptOption = Annotated[
    str, typer.Option(help="What learns it: con_..., or a name, which is made if it is new.", show_default=False)
]
BaseModel = Annotated[str | None, typer.Option(help="Train on this base model.", show_default="the service's first")]
Fields = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="A field of the recipe, e.g. rank=8.", show_default=False),
]
Webhook = Annotated[str | None, typer.Option(help="Webhook URL for the job's events.", show_default=False)]


def train(
    session: Session,
    clips: Clips,
    *,
    caption: Captions,
    concept: ConceptOption,
    preset: Annotated[str | None, typer.Option(help="tap, tap-qk, ...", show_default="tap")] = None,
    steps: Annotated[int | None, typer.Option(min=1, show_default="the base model's")] = None,
    seed: Annotated[int | None, typer.Option(min=0, show_default="any")] = None,
    fields: Fields = None,
    base_model: BaseModel = None,
    evaluate: Annotated[bool, typer.Option(help="Evaluate the version at the end: metrics and previews.")] = True,
    webhook_url: Webhook = None,
    dry_run: DryRun = False,
    no_wait: NoWait = False,
    timeout: Timeout = None,
) -> None:
    """Trains a concept on clips.

    For example: choreo train orbit-1.mp4 orbit-2.mp4 --concept orbiting -c "a red circle orbiting on black"
    """
    captions = paired(clips, caption)
    chosen = recipe(fields or [], preset=preset, steps=steps, seed=seed)
    if dry_run:
        request = _nothing_new(session, concept, clips, captions)
        rest = stated(base_model=base_model, recipe=chosen, evaluate=evaluate, webhook_url=webhook_url)
        tell(session, session.choreo.trainings.estimate(TrainingRequest(**request, **rest)))
        return
    learner = find_or_create_concept(session.choreo, concept).id
    pairs = [(_uploaded(session, clip), words) for clip, words in zip(clips, captions, strict=True)]
    handle = session.choreo.trainings.create(
        learner, pairs, base_model=base_model, recipe=chosen, evaluate=evaluate, webhook_url=webhook_url
    )
    session.out.warnings(handle.job.warnings)
    say(session, handle.job if no_wait else to_the_end(session, handle, timeout))
    if not no_wait:
        session.out.note(f'now: choreo generate "..." --concept {handle.concept}')


def paired(clips: Sequence[str], captions: Sequence[str]) -> Sequence[str]:
    """A caption for each clip. Raises BadParameter if their numbers differ."""
    if len(captions) not in (1, len(clips)):
        raise typer.BadParameter(f"{len(captions)} captions for {len(clips)} clips: give one, or one for each")
    missing = [clip for clip in clips if not clip.startswith("clip_") and not Path(clip).is_file()]
    if missing:
        raise typer.BadParameter(f"no such file: {', '.join(missing)}")
    return captions if len(captions) == len(clips) else list(captions) * len(clips)


def recipe(fields: Sequence[str], **given: Any) -> Recipe:
    """The recipe from FIELD=VALUE pairs and options; values are parsed as JSON if possible.

    Raises:
        BadParameter: a field that recipes don't have, or no `=`.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    known = [field.name for field in attrs.fields(Recipe)]
    for pair in fields:
        name, separator, text = pair.partition("=")
        if not separator or name not in known:
            raise typer.BadParameter(f"{pair!r} is not FIELD=VALUE with one of {', '.join(known)}")
        chosen[name] = _value(text)
    if isinstance(chosen.get("highway"), dict):
        chosen["highway"] = argument(Highway.from_dict, chosen["highway"])
    return Recipe(**chosen)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _nothing_new(session: Session, concept: str, clips: Sequence[str], captions: Sequence[str]) -> dict[str, Any]:
    """Concept and clips of a dry run. Raises BadParameter for a file, and what `only` raises."""
    files = [clip for clip in clips if not clip.startswith("clip_")]
    if files:
        raise typer.BadParameter(f"a dry run uploads nothing: name clips by id, not {', '.join(files)}")
    pairs = [TrainingClip(clip_id=clip, caption=words) for clip, words in zip(clips, captions, strict=True)]
    return {"concept": find_concept(session.choreo, concept).id, "clips": pairs}


def _uploaded(session: Session, clip: str) -> str:
    if clip.startswith("clip_"):
        return clip
    session.out.note(f"uploading {clip}")
    return session.choreo.clips.upload(clip).id
