"""The command line application."""

from importlib.metadata import version
from typing import Annotated

import typer

from choreo.command import concepts, jobs, webhooks
from choreo.command.doctor import doctor
from choreo.command.evaluate import evaluate
from choreo.command.exit_status import MEANINGS
from choreo.command.generate import generate
from choreo.command.session import command
from choreo.command.train import train
from choreo.command.watch import watch

EPILOG = "Exit status: " + "; ".join(f"{int(status)} {meaning}" for status, meaning in MEANINGS.items()) + "."
app = typer.Typer(
    no_args_is_help=True,
    epilog=EPILOG,
    pretty_exceptions_show_locals=False,
    help="Train a motion concept from a few clips, and generate videos of any subject with it.",
)
command(app, "train")(train)
command(app, "generate")(generate)
command(app, "evaluate")(evaluate)
command(app, "watch")(watch)
command(app, "doctor")(doctor)
app.add_typer(concepts.app, name="concepts")
app.add_typer(jobs.app, name="jobs")
app.add_typer(webhooks.app, name="webhooks")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if wanted:
        typer.echo(version("choreo-sdk"))
        raise typer.Exit


@app.callback()
def _main(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Train a motion concept from a few clips, and generate videos of any subject with that motion."""
