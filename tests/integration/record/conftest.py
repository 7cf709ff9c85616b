"""The record on both databases."""

from collections.abc import Iterator

import pytest

from services.db.sessions import Database, open_database
from tests.record import Record


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.close()


@pytest.fixture
def record(db: Database) -> Record:
    return Record(db)
