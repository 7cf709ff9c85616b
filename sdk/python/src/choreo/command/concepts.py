"""`choreo concepts`: concepts, versions and aliases."""

from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from choreo.command.concept_names import NoSuchName, find_concept
from choreo.command.session import Session, command
from choreo.models import Concept, ConceptVersion

app = typer.Typer(no_args_is_help=True, help="Concepts, their versions and aliases.")
Which = Annotated[str, typer.Argument(metavar="CONCEPT", help="con_..., or the concept's name.", show_default=False)]
Limit = Annotated[int, typer.Option(min=1, help="Maximum number of rows, newest first.")]


@command(app, "list")
def list_(session: Session, limit: Limit = 20) -> None:
    """Lists concepts, the newest first."""
    found = list(islice(session.choreo.concepts.list(), limit))
    if session.out.as_json:
        session.out.json([concept.to_dict() for concept in found])
    else:
        session.out.table(("ID", "NAME", "LATEST", "ALIASES"), map(_row, found))


@command(app, "show")
def show(session: Session, which: Which) -> None:
    """Shows a concept and its versions."""
    concept = find_concept(session.choreo, which)
    versions = list(session.choreo.concepts.versions(concept.id))
    if session.out.as_json:
        session.out.json(concept.to_dict() | {"versions": [version.to_dict() for version in versions]})
        return
    session.out.table(("ID", "NAME", "LATEST", "ALIASES"), [_row(concept)])
    if concept.description:
        session.out.say(concept.description)
    session.out.table(("VERSION", "BASE MODEL", "PRESET", "STEPS", "SEED", "MADE"), map(_version_row, versions))


@command(app, "create")
def create(
    session: Session,
    name: Annotated[str, typer.Argument(help="What people call it.", show_default=False)],
    description: Annotated[str, typer.Option(help="What it is, for people.")] = "",
) -> None:
    """Creates an empty concept; trainings add versions."""
    _say(session, session.choreo.concepts.create(name, description=description))


@command(app, "alias")
def alias(
    session: Session,
    which: Which,
    name: Annotated[str, typer.Argument(help="The alias, e.g. prod.", show_default=False)],
    version: Annotated[int, typer.Argument(min=1, help="The version it shall mean.", show_default=False)],
) -> None:
    """Moves an alias to a version, unless it is moved concurrently."""
    concept = find_concept(session.choreo, which)
    now = concept.aliases.additional_properties.get(name)
    moved = session.choreo.concepts.set_alias(concept.id, name, version, expected_version=now)
    if session.out.as_json:
        session.out.json(moved.to_dict())
    else:
        session.out.say(f"{concept.id}@{moved.name} is version {moved.version}")


@command(app, "download")
def download(
    session: Session,
    which: Which,
    output: Annotated[
        Path, typer.Option("--output", "-o", file_okay=False, help="The folder, which peft reads.", show_default=False)
    ],
    version: Annotated[str, typer.Option(help="A version's number or alias.")] = "latest",
) -> None:
    """Downloads a version's adapter and its configuration into a folder, for `PeftModel.from_pretrained`."""
    concept = find_concept(session.choreo, which)
    number = int(version) if version.isdecimal() else concept.aliases.additional_properties.get(version)
    if number is None:
        raise NoSuchName(f"{concept.id} has no version {version}")
    path = session.choreo.concepts.download(concept.id, number, output)
    if session.out.as_json:
        session.out.json({"id": concept.id, "version": number, "path": str(path)})
    else:
        session.out.say(str(path))


@command(app, "delete")
def delete(
    session: Session,
    which: Which,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Deletes a concept with all its versions."""
    concept = find_concept(session.choreo, which)
    if not yes:
        typer.confirm(f"Delete {concept.id} ({concept.name}) with all its versions?", abort=True, err=True)
    session.choreo.concepts.delete(concept.id)
    if session.out.as_json:
        session.out.json({"id": concept.id, "deleted": True})
    else:
        session.out.say(f"{concept.id} is deleted")


def _say(session: Session, concept: Concept) -> None:
    if session.out.as_json:
        session.out.json(concept.to_dict())
    else:
        session.out.say(concept.id)


def _row(concept: Concept) -> tuple[Any, ...]:
    aliases = concept.aliases.additional_properties
    names = " ".join(f"{name}={version}" for name, version in sorted(aliases.items()))
    return concept.id, concept.name, concept.latest_version or "-", names or "-"


def _version_row(version: ConceptVersion) -> tuple[Any, ...]:
    recipe = version.recipe
    made = version.created_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return version.version, version.base_model.id, recipe.preset, recipe.steps, version.seed, made
