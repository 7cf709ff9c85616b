"""The outbox on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from services import outbox
from services.db.sessions import Database, open_database

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def put(db: Database, *numbers: int, key: str | None = None) -> None:
    with db.write() as session:
        for number in numbers:
            outbox.put(session, "webhook", {"number": number}, NOW, key)


def take(db: Database, limit: int = 10, after: float = 0) -> list[int]:
    with db.write() as session:
        return [
            item.payload["number"] for item in outbox.take(session, "webhook", limit, NOW + timedelta(seconds=after))
        ]


def test_items_come_oldest_first_and_only_their_topic(db: Database):
    put(db, 1, 2, 3)
    with db.write() as session:
        outbox.put(session, "other", {"number": 9}, NOW)
    assert take(db, limit=2) == [1, 2]
    assert take(db) == [3]


def test_an_unfinished_item_is_taken_again(db: Database):
    put(db, 1)
    assert take(db) == [1]
    assert take(db, after=59) == []
    with db.write() as session:
        (item,) = outbox.take(session, "webhook", 10, NOW + timedelta(seconds=60))
        assert item.takes == 2
        outbox.done(session, item.id)
    assert take(db, after=1000) == []


def test_an_item_can_wait(db: Database):
    put(db, 1)
    with db.write() as session:
        (item,) = outbox.take(session, "webhook", 10, NOW)
        outbox.retry_at(session, item.id, NOW + timedelta(seconds=5))
    assert take(db, after=4) == []
    assert take(db, after=5) == [1]


def test_a_waiting_item_is_not_put_twice_but_a_finished_one_is(db: Database):
    put(db, 1, 2, key="same")
    with db.write() as session:
        (item,) = outbox.take(session, "webhook", 10, NOW)
        assert item.payload == {"number": 1}
        outbox.done(session, item.id)
    put(db, 3, key="same")
    assert take(db) == [3]


def test_takers_at_the_same_time_get_different_items(postgresql_url: str):
    db = open_database(postgresql_url)
    put(db, 1, 2)
    with db.write() as one, db.write() as other:
        first = outbox.take(one, "webhook", 1, NOW)
        second = outbox.take(other, "webhook", 10, NOW)
        assert [item.payload["number"] for item in [*first, *second]] == [1, 2]
    db.close()


def test_an_item_vanishes_with_its_transaction(db: Database):
    def put_and_stop() -> None:
        with db.write() as session:
            outbox.put(session, "webhook", {"number": 1}, NOW)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        put_and_stop()
    assert take(db) == []
