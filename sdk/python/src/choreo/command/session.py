"""Common to all commands: the service connection, output, and exit status."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Concatenate, ParamSpec, Self

import typer

from choreo import places
from choreo._sync.client import Choreo
from choreo.command.exits import Exit, exit_of
from choreo.command.output import Output
from choreo.errors import ChoreoError, Forbidden, NotConfigured, StillRunning, Unauthorized, Unreachable
from choreo.places import Place

P = ParamSpec("P")
PANEL = "Connection and output"
BaseUrl = Annotated[
    str | None,
    typer.Option(envvar=places.BASE_URL, help="The service's address.", show_default=False, rich_help_panel=PANEL),
]
ApiKey = Annotated[
    str | None,
    typer.Option(envvar=places.API_KEY, help="A key to it: chk_...", show_default=False, rich_help_panel=PANEL),
]
DataDir = Annotated[
    Path,
    typer.Option(
        help="Where a service on this machine (`make up`) wrote down both; asked when neither is given.",
        rich_help_panel=PANEL,
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Answer in JSON on stdout; errors in JSON on stderr.", rich_help_panel=PANEL)
]


class Session:
    """The state of one command run."""

    def __init__(self, base_url: str | None, api_key: str | None, data_dir: Path, *, as_json: bool) -> None:
        self.out = Output(as_json=as_json)
        self._told = base_url, api_key
        self._data_dir = data_dir
        self._choreo: Choreo | None = None

    def place(self) -> Place:
        """The service from options and environment, otherwise the one on this machine.

        URL and key come from the same source, so that a key is not sent to another service.

        Raises:
            NotConfigured: the URL or the key is missing.
        """
        return places.told(*self._told) if any(self._told) else places.local(self._data_dir)

    @property
    def choreo(self) -> Choreo:
        """The client. Raises NotConfigured."""
        if self._choreo is None:
            place = self.place()
            self._choreo = Choreo(place.base_url, place.api_key)
        return self._choreo

    def hint(self, error: ChoreoError) -> str | None:
        """Advice for an error."""
        match error:
            case NotConfigured():
                return f"start a service here with `make up`, or set {places.BASE_URL} and {places.API_KEY}"
            case Unauthorized():
                return f"the key comes from {self.place().source}"
            case Forbidden():
                return f"the key comes from {self.place().source}; `choreo doctor` shows what it may do"
            case Unreachable():
                return "`choreo doctor` looks for the cause"
            case StillRunning():
                return (
                    f"it goes on: `choreo watch {error.job.id}` watches it, `choreo jobs cancel {error.job.id}` ends it"
                )
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
            place = rest.pop("base_url"), rest.pop("api_key"), rest.pop("data_dir")
            with Session(*place, as_json=rest.pop("as_json")) as session:
                _ended(session, functools.partial(work, session, *arguments, **rest))

        own = list(inspect.signature(work, eval_str=True).parameters.values())[1:]
        run.__signature__ = inspect.Signature([*own, *_shared()])  # type: ignore[attr-defined]
        return app.command(name)(run)

    return register


def _shared() -> list[inspect.Parameter]:
    kinds: dict[str, tuple[Any, Any]] = {
        "base_url": (BaseUrl, None),
        "api_key": (ApiKey, None),
        "data_dir": (DataDir, places.FOLDER),
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
        raise typer.Exit(exit_of(error)) from error
    except OSError as error:
        session.out.error(ChoreoError(str(error)), None)
        raise typer.Exit(Exit.OTHER) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(Exit.INTERRUPTED) from error
