"""Common to all commands: the service connection, output, and exit status."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Concatenate, ParamSpec, Self

import typer

from choreo import config
from choreo._sync.client import Choreo
from choreo.command.exit_status import Exit, exit_status_of
from choreo.command.output import Output
from choreo.config import Config
from choreo.errors import ChoreoError, Forbidden, NotConfigured, StillRunning, Unauthorized, Unreachable

P = ParamSpec("P")
PANEL = "Connection and output"
BaseUrl = Annotated[
    str | None,
    typer.Option(envvar=config.BASE_URL, help="The URL of the service.", show_default=False, rich_help_panel=PANEL),
]
ApiKey = Annotated[
    str | None,
    typer.Option(envvar=config.API_KEY, help="The API key: chk_...", show_default=False, rich_help_panel=PANEL),
]
DataDir = Annotated[
    Path,
    typer.Option(
        help="Data folder of a service on this machine (`make up`): the URL and the key if neither is given.",
        rich_help_panel=PANEL,
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print JSON: results on stdout, errors on stderr.", rich_help_panel=PANEL),
]


class Session:
    """The state of one command run."""

    def __init__(self, base_url: str | None, api_key: str | None, data_dir: Path, *, as_json: bool) -> None:
        self.out = Output(as_json=as_json)
        self._options = base_url, api_key
        self._data_dir = data_dir
        self._choreo: Choreo | None = None

    def config(self) -> Config:
        """The service from options and environment, otherwise the one on this machine.

        URL and key come from the same source, so that a key is not sent to another service.

        Raises:
            NotConfigured: the URL or the key is missing.
        """
        return config.from_arguments(*self._options) if any(self._options) else config.from_file(self._data_dir)

    @property
    def choreo(self) -> Choreo:
        """The client. Raises NotConfigured."""
        if self._choreo is None:
            found = self.config()
            self._choreo = Choreo(found.base_url, found.api_key)
        return self._choreo

    def hint(self, error: ChoreoError) -> str | None:
        """Advice for an error."""
        match error:
            case NotConfigured():
                return f"start a service here with `make up`, or set {config.BASE_URL} and {config.API_KEY}"
            case Unauthorized():
                return f"the key comes from {self.config().source}"
            case Forbidden():
                return f"the key comes from {self.config().source}; `choreo doctor` shows what it may do"
            case Unreachable():
                return "`choreo doctor` looks for the cause"
            case StillRunning():
                return f"`choreo watch {error.job.id}` follows it, `choreo jobs cancel {error.job.id}` cancels it"
            case _:
                return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._choreo is not None:
            self._choreo.close()


def command(app: typer.Typer, name: str) -> Callable[[Callable[Concatenate[Session, P], None]], Callable[P, None]]:
    """Register a command. Its function gets a `Session` first, whose options are added to the command's own."""

    def register(work: Callable[Concatenate[Session, P], None]) -> Callable[P, None]:
        @functools.wraps(work)
        def run(*arguments: P.args, **options: P.kwargs) -> None:
            rest: dict[str, Any] = dict(options)
            connection = rest.pop("base_url"), rest.pop("api_key"), rest.pop("data_dir")
            with Session(*connection, as_json=rest.pop("as_json")) as session:
                _ended(session, functools.partial(work, session, *arguments, **rest))

        own = list(inspect.signature(work, eval_str=True).parameters.values())[1:]
        run.__signature__ = inspect.Signature([*own, *_shared()])  # type: ignore[attr-defined]
        return app.command(name)(run)

    return register


def _shared() -> list[inspect.Parameter]:
    kinds: dict[str, tuple[Any, Any]] = {
        "base_url": (BaseUrl, None),
        "api_key": (ApiKey, None),
        "data_dir": (DataDir, config.FOLDER),
        "as_json": (Json, False),
    }
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(name, keyword, annotation=annotation, default=default)
        for name, (annotation, default) in kinds.items()
    ]


def _ended(session: Session, work: Callable[[], None]) -> None:
    """Run a command and convert errors to exit statuses."""
    try:
        work()
    except ChoreoError as error:
        session.out.error(error, session.hint(error))
        raise typer.Exit(exit_status_of(error)) from error
    except OSError as error:
        session.out.error(ChoreoError(str(error)), None)
        raise typer.Exit(Exit.OTHER) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(Exit.INTERRUPTED) from error
