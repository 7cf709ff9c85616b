"""A client that is suspended inside a transaction must not block its successors."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from services.accounts.service import create_tenant
from services.db import engine
from services.db.sessions import open_database
from services.db.tables import TenantRow
from shared.clock import FrozenClock
from tests.waiting import wait_until


def test_its_locks_are_freed_and_its_transaction_is_lost(postgresql_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "FROZEN_SECONDS", 1)
    frozen, other = open_database(postgresql_url), open_database(postgresql_url)
    with frozen.write() as session:
        create_tenant(session, "acme", FrozenClock().now())
    free = select(TenantRow).with_for_update(skip_locked=True)

    def taken_over() -> bool:
        with other.write() as session:
            return session.scalar(free) is not None

    def suspend_and_resume() -> None:
        with frozen.write() as session:
            assert session.scalar(free)
            assert not taken_over()
            wait_until(taken_over, timeout=30)
            session.scalar(free)

    with pytest.raises(DBAPIError):
        suspend_and_resume()
    with frozen.write() as session:
        assert session.scalar(free)
    frozen.close()
    other.close()
