"""The statements that SQLite and PostgreSQL share but SQLAlchemy spells twice."""

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


def period_of(dialect: str, moment: SQLColumnExpression[datetime], per: Literal["day", "month"]) -> ColumnElement[str]:
    """The first day of the period that a moment falls in, in UTC, as `2026-01-31`."""
    pattern = literal(_PERIOD[dialect][per], literal_execute=True)  # grouped by what is selected, parameters and all
    if dialect == "sqlite":
        return func.strftime(pattern, moment)
    return func.to_char(func.timezone("UTC", moment), pattern)


def sum_in(dialect: str, objects: SQLColumnExpression[Any], *field: str) -> ColumnElement[int]:
    """The sum of a whole number in each object of a row's JSON list: null without any. `field` is the way to it."""
    if dialect == "sqlite":
        each = func.json_each(objects).table_valued("value", joins_implicitly=True)
        return select(func.sum(func.json_extract(each.c.value, ".".join(("$", *field))))).scalar_subquery()
    one = func.jsonb_array_elements(objects).column_valued("one", joins_implicitly=True)
    number = func.jsonb_extract_path_text(one, *field).cast(BigInteger)
    return select(func.sum(number)).scalar_subquery()
