"""Jobs in a database of each kind."""

from collections.abc import Iterator

import pytest

from services.db.sessions import Database, open_database
from tests.job_setup import JobSetup


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.close()


@pytest.fixture
def job_setup(db: Database) -> JobSetup:
    return JobSetup(db)
