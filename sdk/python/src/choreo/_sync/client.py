"""The client of one service, with one tenant's key."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from choreo import config
from choreo._sync.calls import PAGE, Calls, walk
from choreo._sync.clips import Clips
from choreo._sync.concepts import Concepts
from choreo._sync.evaluations import Evaluations
from choreo._sync.generations import Generations
from choreo._sync.http import Http
from choreo._sync.jobs import Jobs
from choreo._sync.storage import Storage
from choreo._sync.trainings import Trainings
from choreo._sync.webhook_endpoints import WebhookEndpoints
from choreo.generated.api.base_models import list_base_models
from choreo.generated.api.events import list_events
from choreo.generated.client import AuthenticatedClient
from choreo.generated.models import BaseModel, Event
from choreo.retries import Retries
from choreo.version import VERSION

TIMEOUT_SECONDS = 75.0
"""Longer than the maximum of `Prefer: wait`, which is 60 seconds."""
AGENT = f"choreo-python/{VERSION}"


class Choreo:
    """A client of one service with one key; close it, or use it in a `with` block.

    Operations without a method here are in `choreo.generated.api`: those functions take `client`, with the same
    idempotency keys, retries and errors.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        retries: Retries | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        """Arguments default to `CHOREO_BASE_URL` and `CHOREO_API_KEY`; `timeout` applies to each try, in seconds.

        Raises:
            NotConfigured: neither is set.
        """
        self.config = config.from_arguments(base_url, api_key)
        retries = retries or Retries()
        self.client = AuthenticatedClient(self.config.base_url, self.config.api_key)
        headers = {"Authorization": f"Bearer {self.config.api_key}", "User-Agent": AGENT}
        limits = httpx.Timeout(timeout, connect=min(timeout, 10.0))
        http = Http(retries=retries, base_url=self.config.base_url, headers=headers, timeout=limits)
        self.client.set_httpx_client(http)
        self._calls = Calls(self.client, http, Storage(retries))
        self.clips = Clips(self._calls)
        self.concepts = Concepts(self._calls)
        self.trainings = Trainings(self._calls)
        self.generations = Generations(self._calls)
        self.evaluations = Evaluations(self._calls)
        self.jobs = Jobs(self._calls)
        self.webhook_endpoints = WebhookEndpoints(self._calls)

    @classmethod
    def local(cls, folder: Path | str = config.FOLDER, *, retries: Retries | None = None) -> Self:
        """A client of the service that `make up` runs on this machine, from its data folder.

        Raises:
            NotConfigured: no service was started there.
        """
        found = config.from_file(Path(folder))
        return cls(found.base_url, found.api_key, retries=retries)

    def base_models(self) -> list[BaseModel]:
        """The base models of the service, the default first."""
        return (self._calls.ask(list_base_models.sync, client=self.client)).data

    def events(self, *, after: int = 0) -> Iterator[Event]:
        """The tenant's events after a `seq`, in order, without gaps; store the last `seq`."""
        return walk(
            lambda cursor: self._calls.ask(list_events.sync, client=self.client, limit=PAGE, cursor=cursor, after=after)
        )

    def close(self) -> None:
        """Close the connections."""
        self._calls.http.close()
        self._calls.storage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
