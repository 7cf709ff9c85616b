"""The statements that SQLite and PostgreSQL share but SQLAlchemy spells twice."""

from typing import Any

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite

from services.db.tables import Table


def insert_unless_there(dialect: str, entity: type[Table], values: dict[str, Any]) -> Insert:
    """INSERT that does nothing if the row would violate a unique constraint."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(entity).values(values).on_conflict_do_nothing()


def upsert(dialect: str, entity: type[Table], values: dict[str, Any], *, keys: list[str], changes: list[str]) -> Insert:
    """INSERT, or, if a row with these `keys` is there, UPDATE of its `changes`."""
    if dialect == "postgresql":
        in_postgresql = postgresql.insert(entity).values(values)
        return in_postgresql.on_conflict_do_update(
            index_elements=keys, set_={name: in_postgresql.excluded[name] for name in changes}
        )
    in_sqlite = sqlite.insert(entity).values(values)
    return in_sqlite.on_conflict_do_update(
        index_elements=keys, set_={name: in_sqlite.excluded[name] for name in changes}
    )
