"""Poisoned rows: the database refuses every change of them, as it does when a constraint or a value is broken."""

from typing import Any

from sqlalchemy import text

from services.db.sessions import Database
from services.db.tables.base import Table

_SQLITE = """CREATE TRIGGER poison_{event}_{table} BEFORE {event} ON {table} WHEN OLD.id = '{id}'
BEGIN SELECT RAISE(ABORT, 'poisoned'); END"""
_POSTGRESQL = """
CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$;
CREATE TRIGGER poison BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW WHEN (OLD.id = '{id}') EXECUTE FUNCTION poison()
"""


def poison(database: Database, table: type[Table], id: Any) -> None:
    """Have every UPDATE and DELETE of this row fail."""
    statements = (
        [_POSTGRESQL]
        if database.engine.dialect.name == "postgresql"
        else [_SQLITE.replace("{event}", event) for event in ("UPDATE", "DELETE")]
    )
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement.format(table=table.__tablename__, id=id)))
