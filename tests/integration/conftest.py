"""The running service, webhook delivery and a receiver as fixtures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.db.sessions import open_database
from tests.receiver import Receiver, receiver
from tests.service import Service, running
from tests.webhook_setup import WebhookSetup


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """A running service: the test runs on SQLite and on PostgreSQL."""
    with running(database_url, tmp_path) as service:
        yield service


@pytest.fixture
def sqlite_service(sqlite_url: str, tmp_path: Path) -> Iterator[Service]:
    """A running service on SQLite, for tests that do not depend on the database."""
    with running(sqlite_url, tmp_path) as service:
        yield service


@pytest.fixture
def webhooks(database_url: str) -> Iterator[WebhookSetup]:
    """Webhook delivery, on SQLite and on PostgreSQL."""
    database = open_database(database_url)
    webhooks = WebhookSetup(database)
    yield webhooks
    webhooks.webhook_sender.close()
    database.close()


@pytest.fixture
def server() -> Iterator[Receiver]:
    """A webhook receiver."""
    with receiver() as server:
        yield server
