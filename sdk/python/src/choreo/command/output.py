"""Results on stdout, for people or as JSON; everything else on stderr."""

import io
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from choreo.errors import ChoreoError, JobUnsuccessful, ProblemError, StillRunning, UnexpectedAnswer
from choreo.models import JobWarning


class Output:
    """The output streams of a command."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # texts may have characters that the terminal has not
                stream.reconfigure(errors="backslashreplace")
        self.people = Console(stderr=True, highlight=False, soft_wrap=True)
        self._results = Console(highlight=False)

    def json(self, value: Any, *, line: bool = False) -> None:
        """Print a value as JSON; on one line in sequences. Raises UnexpectedAnswer for a number that is not finite."""
        try:
            text = json.dumps(value, ensure_ascii=False, indent=None if line else 2, allow_nan=False)
        except ValueError as error:
            raise UnexpectedAnswer(f"the response has a number that JSON has not: {error}") from error
        self.say(text)

    def say(self, text: str) -> None:
        """Print a line of the result."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Print a message on stderr, except with --json."""
        if not self.as_json:
            self.people.print(text, markup=False)

    def warnings(self, warnings: Iterable[JobWarning]) -> None:
        """A job's or an estimate's warnings, in yellow on stderr; JSON results have them as a field."""
        if not self.as_json:
            for warning in warnings:
                self.people.print(f"warning: {warning.message}", style="yellow", markup=False)

    def table(self, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print rows: aligned on a terminal, otherwise separated by tabs."""
        if not self._results.is_terminal:
            for row in (names, *rows):
                self.say("\t".join(map(str, row)))
            return
        table = Table(*names, box=None, header_style="bold", pad_edge=False)
        for row in rows:
            table.add_row(*map(str, row))
        self._results.print(table, markup=False)

    def error(self, error: ChoreoError, hint: str | None) -> None:
        """Print an error and advice on stderr."""
        if self.as_json:
            sys.stderr.write(json.dumps({"error": _described(error, hint)}, ensure_ascii=False, allow_nan=False) + "\n")
            return
        self.people.print("error:", str(error), style="red", markup=False)
        for field in error.fields if isinstance(error, ProblemError) else ():
            self.people.print(f"  {field.pointer}: {field.message}", markup=False)
        if hint:
            self.people.print(f"  {hint}", markup=False)


def _described(error: ChoreoError, hint: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {"type": type(error).__name__, "message": str(error), "hint": hint}
    match error:
        case ProblemError():
            return found | {"problem": error.problem.to_dict()}
        case JobUnsuccessful() | StillRunning():
            return found | {"job": error.job.to_dict()}
        case _:
            return found
