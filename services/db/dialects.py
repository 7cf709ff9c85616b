"""Statements that SQLAlchemy writes differently for SQLite and PostgreSQL."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, SQLColumnExpression, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from services.db.sessions import WriteSession
from services.db.tables import Table

_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_PERIOD = {
    "postgresql": {"day": "YYYY-MM-DD", "month": "YYYY-MM-01"},
    "sqlite": {"day": "%Y-%m-%d", "month": "%Y-%m-01"},
}


def insert_if_absent(session: WriteSession, entity: type[Table], values: dict[str, Any]) -> bool:
    """INSERT ... ON CONFLICT DO NOTHING. Returns whether the row was inserted."""
    insert = _INSERT[session.dialect](entity).values(values).on_conflict_do_nothing()
    return bool(session.returning(insert.returning(literal(1))))


def upsert(
    session: WriteSession, entity: type[Table], values: dict[str, Any], *, keys: list[str], changes: list[str]
) -> None:
    """INSERT, or UPDATE the columns `changes` if a row with these `keys` exists."""
    insert = _INSERT[session.dialect](entity).values(values)
    changed = {name: insert.excluded[name] for name in changes}
    session.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed))


def period_of(dialect: str, moment: SQLColumnExpression[datetime], per: Literal["day", "month"]) -> ColumnElement[str]:
    """SQL expression: the first day of the period that contains a time, in UTC, such as `2026-01-31`."""
    pattern = literal(_PERIOD[dialect][per], literal_execute=True)  # grouped by what is selected, parameters and all
    if dialect == "sqlite":
        return func.strftime(pattern, moment)
    return func.to_char(func.timezone("UTC", moment), pattern)


def sum_in(dialect: str, objects: SQLColumnExpression[Any], *field: str) -> ColumnElement[int]:
    """SQL expression: the sum of the integer at the path `field` over the objects of a JSON list."""
    if dialect == "sqlite":
        each = func.json_each(objects).table_valued("value", joins_implicitly=True)
        return select(func.sum(func.json_extract(each.c.value, ".".join(("$", *field))))).scalar_subquery()
    one = func.jsonb_array_elements(objects).column_valued("one", joins_implicitly=True)
    number = func.jsonb_extract_path_text(one, *field).cast(BigInteger)
    return select(func.sum(number)).scalar_subquery()
