"""The client and the command against a real service; on SQLite only, since databases are tested elsewhere."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from choreo import Choreo, Retries
from tests import typescript
from tests.service import Service, running
from tests.videos import write_video

HASTY = Retries(first=0.01, longest=0.05)


class Tenant(NamedTuple):
    """A tenant of the service, and its client."""

    choreo: Choreo
    api_key: str


@pytest.fixture(scope="module")
def service(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("sdk")
    shutil.copyfile(sqlite_template, folder / "choreo.db")
    with running(f"sqlite:///{folder / 'choreo.db'}", folder) as service:
        yield service


@pytest.fixture
def tenant(service: Service) -> Iterator[Tenant]:
    """A new tenant."""
    api_key = service.caller().headers["Authorization"].removeprefix("Bearer ")
    with Choreo(service.settings.public_url, api_key, retries=HASTY) as choreo:
        yield Tenant(choreo, api_key)


@pytest.fixture
def choreo(tenant: Tenant) -> Choreo:
    return tenant.choreo


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("clips") / "clip.mp4")


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> typescript.Program:
    """The TypeScript client, its tests and the examples, compiled: skips at home without the tools, fails in CI."""
    if missing := typescript.missing():
        reason = f"the TypeScript client's tools are not installed: no {', '.join(missing)} (`make test` makes it)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return typescript.compiled(tmp_path_factory.mktemp("typescript"))
