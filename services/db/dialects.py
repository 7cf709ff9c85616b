"""The statements that SQLite and PostgreSQL share but SQLAlchemy spells twice."""

from typing import Any

from sqlalchemy import literal
from sqlalchemy.dialects import postgresql, sqlite

from services.db.sessions import WriteSession
from services.db.tables import Table

_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_unless_there(session: WriteSession, entity: type[Table], values: dict[str, Any]) -> bool:
    """INSERT unless the row would violate a unique constraint; whether it was inserted."""
    insert = _INSERT[session.dialect](entity).values(values).on_conflict_do_nothing()
    return bool(session.returning(insert.returning(literal(1))))


def upsert(
    session: WriteSession, entity: type[Table], values: dict[str, Any], *, keys: list[str], changes: list[str]
) -> None:
    """INSERT, or, if a row with these `keys` is there, UPDATE of its `changes`."""
    insert = _INSERT[session.dialect](entity).values(values)
    changed = {name: insert.excluded[name] for name in changes}
    session.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed))
