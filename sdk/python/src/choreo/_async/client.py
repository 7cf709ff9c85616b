"""The client of one service, with one tenant's key."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from choreo import config
from choreo._async.calls import PAGE, AsyncCalls, walk
from choreo._async.clips import AsyncClips
from choreo._async.concepts import AsyncConcepts
from choreo._async.evaluations import AsyncEvaluations
from choreo._async.generations import AsyncGenerations
from choreo._async.http import AsyncHttp
from choreo._async.jobs import AsyncJobs
from choreo._async.storage import AsyncStorage
from choreo._async.trainings import AsyncTrainings
from choreo._async.webhook_endpoints import AsyncWebhookEndpoints
from choreo.generated.api.base_models import list_base_models
from choreo.generated.api.events import list_events
from choreo.generated.client import AuthenticatedClient
from choreo.generated.models import BaseModel, Event
from choreo.retries import Retries
from choreo.version import VERSION

TIMEOUT_SECONDS = 75.0
"""Longer than the maximum of `Prefer: wait`, which is 60 seconds."""
AGENT = f"choreo-python/{VERSION}"


class AsyncChoreo:
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
        http = AsyncHttp(retries=retries, base_url=self.config.base_url, headers=headers, timeout=limits)
        self.client.set_async_httpx_client(http)
        self._calls = AsyncCalls(self.client, http, AsyncStorage(retries))
        self.clips = AsyncClips(self._calls)
        self.concepts = AsyncConcepts(self._calls)
        self.trainings = AsyncTrainings(self._calls)
        self.generations = AsyncGenerations(self._calls)
        self.evaluations = AsyncEvaluations(self._calls)
        self.jobs = AsyncJobs(self._calls)
        self.webhook_endpoints = AsyncWebhookEndpoints(self._calls)

    @classmethod
    def local(cls, folder: Path | str = config.FOLDER, *, retries: Retries | None = None) -> Self:
        """A client of the service that `make up` runs on this machine, from its data folder.

        Raises:
            NotConfigured: no service was started there.
        """
        found = config.from_file(Path(folder))
        return cls(found.base_url, found.api_key, retries=retries)

    async def base_models(self) -> list[BaseModel]:
        """The base models of the service, the default first."""
        return (await self._calls.ask(list_base_models.asyncio, client=self.client)).data

    def events(self, *, after: int = 0) -> AsyncIterator[Event]:
        """The tenant's events after a `seq`, in order, without gaps; store the last `seq`."""
        return walk(
            lambda cursor: self._calls.ask(
                list_events.asyncio, client=self.client, limit=PAGE, cursor=cursor, after=after
            )
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._calls.http.aclose()
        await self._calls.storage.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()
