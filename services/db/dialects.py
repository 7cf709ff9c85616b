"""The statements that SQLite and PostgreSQL share but SQLAlchemy spells twice."""

from typing import Any

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite

from services.db.tables import Table


def insert_unless_there(dialect: str, entity: type[Table], values: dict[str, Any]) -> Insert:
    """INSERT that does nothing if the row would violate a unique constraint."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(entity).values(values).on_conflict_do_nothing()
