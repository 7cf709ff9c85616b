"""Statements that SQLAlchemy writes differently for SQLite and PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, SQLColumnExpression, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute

from services.db.sessions import WriteSession
from services.db.tables import Table

_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_ROWS_AT_ONCE = 500


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


def add_to(
    session: WriteSession, entity: type[Table], rows: Sequence[dict[str, Any]], keys: Sequence[str], sums: Sequence[str]
) -> None:
    """INSERT rows; where a row with the same `keys` exists, add the columns `sums` to it. `keys` differ in all rows."""
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        insert = _INSERT[session.dialect](entity).values(rows[first : first + _ROWS_AT_ONCE])
        added = {name: getattr(entity, name) + insert.excluded[name] for name in sums}
        session.execute(insert.on_conflict_do_update(index_elements=list(keys), set_=added))


def distinct_values(column: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> CTE:
    """The different values of an indexed column as `value`, in order, and a null; one index probe for each.

    Neither database does such a "loose index scan" by itself.
    """
    values = select(func.min(column).label("value")).where(*where).cte("different", recursive=True)
    following = select(func.min(column)).where(*where, column > values.c.value).correlate(values).scalar_subquery()
    return values.union_all(select(following).where(values.c.value.is_not(None)))


def sum_in(dialect: str, objects: SQLColumnExpression[Any], *field: str) -> ColumnElement[int]:
    """SQL expression: the sum of the integer at the path `field` over the objects of a JSON list."""
    if dialect == "sqlite":
        each = func.json_each(objects).table_valued("value", joins_implicitly=True)
        return select(func.sum(func.json_extract(each.c.value, ".".join(("$", *field))))).scalar_subquery()
    one = func.jsonb_array_elements(objects).column_valued("one", joins_implicitly=True)
    number = func.jsonb_extract_path_text(one, *field).cast(BigInteger)
    return select(func.sum(number)).scalar_subquery()
