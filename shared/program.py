"""How a program of ours begins and ends: with settings or a clear word, and with a status that says what went wrong."""

import sys
from collections.abc import Callable
from tempfile import TemporaryFile
from typing import Any, NoReturn

from pydantic import ValidationError

from shared.confinement import hide
from shared.errors import ChoreoError, ConfigurationError
from shared.settings import PREFIX, Settings

TEMPORARY = 75
"""Something that the program needs does not answer: start it again later (`EX_TEMPFAIL` of sysexits.h)."""
MISCONFIGURED = 78
"""The configuration must be changed before the program can run (`EX_CONFIG` of sysexits.h)."""


def run(program: Callable[[Settings], int | None]) -> NoReturn:
    """Run `program` with the settings of the environment, and exit with 0, its own status or one of those above."""
    hide()
    exit_after(lambda: program(load()))


def exit_after(program: Callable[[], int | None]) -> NoReturn:
    """Run `program`, and exit with 0, its own status or one of those above."""
    try:
        status = program()
    except ChoreoError as error:
        sys.stderr.write(f"{error.title}: {error}\n")
        status = TEMPORARY if error.retryable else MISCONFIGURED
    sys.exit(status or 0)


def load(**values: Any) -> Settings:
    """The settings of the environment, after `values`. Raises ConfigurationError, which names variables, no values."""
    try:
        return Settings(**values)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise ConfigurationError("; ".join(_in_words(one["loc"], one["msg"]) for one in found)) from error
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def make_work_dir(settings: Settings) -> None:
    """Create the folder for temporary files. Raises ConfigurationError if it cannot be written to."""
    try:
        settings.work_dir.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=settings.work_dir):
            pass
    except OSError as error:
        raise ConfigurationError(f"{PREFIX}WORK_DIR: {error}") from error


def _in_words(location: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{PREFIX}{'.'.join(map(str, location)).upper()}: {message}" if location else message
