"""`python -m api`: the HTTP API as it runs in production, on `CHOREO_HTTP_HOST` and `CHOREO_HTTP_PORT`."""

import logging
import signal
import socket
import sys

import uvicorn

from api.deps import AppState
from api.main import check, create_app
from api.server import configure
from api.waiting import JobWatch
from shared import confinement
from shared.errors import ConfigurationError
from shared.program import TEMPORARY, make_work_dir, run
from shared.settings import Settings
from shared.sockets import listen


class Server(uvicorn.Server):
    """Shuts down in three steps: accept no new connections, end long polls and event streams, finish open requests."""

    def __init__(self, config: uvicorn.Config, watch: JobWatch) -> None:
        super().__init__(config)
        self._watch = watch

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.shutdown`; open requests have `timeout_graceful_shutdown` to end."""
        self._watch.close()
        await super().shutdown(sockets)


def main(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM; returns a status only when the server ended by itself.

    Raises:
        ConfigurationError: the address cannot be bound, or see `check`.
        Unavailable, StorageError: see `check`.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: sys.exit(0))  # uvicorn raises the signal again after its shutdown
    logging.getLogger(__name__).info(confinement.summary())
    make_work_dir(settings)
    app = create_app(settings)
    state: AppState = app.state.choreo
    check(app)
    seconds = max(1, int(settings.drain_seconds))
    config = configure(app, max_connections=settings.max_connections, shutdown_seconds=seconds)
    with _listener(settings.http_host, settings.http_port) as listener:
        Server(config, state.watch).run([listener])
    return TEMPORARY  # a signal, which tells it to end, is raised again by `run`


def _listener(host: str, port: int) -> socket.socket:
    try:
        listener = listen(host, port)
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"CHOREO_HTTP_HOST and CHOREO_HTTP_PORT: {error}") from error
    logging.getLogger(__name__).info("listening on %s, port %d", host, listener.getsockname()[1])
    return listener


if __name__ == "__main__":
    run(main)
