"""The base class of all tables. Ids are text, times UTC, sizes bytes; `state` columns hold the schemas' enums."""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Float, ForeignKey, Index, Integer, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware time: `timestamptz` on PostgreSQL, naive UTC on SQLite, which stores no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[str, mapped_column(Text, primary_key=True)]
# SQLite counts up only a column of the exact type INTEGER
Counter = Annotated[int, mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)]
Tenant = Annotated[str, mapped_column(Text, ForeignKey("tenants.id", ondelete="CASCADE"))]
JsonObject = Annotated[dict[str, Any], mapped_column(Json)]
JsonList = Annotated[list[Any], mapped_column(Json)]


class Table(DeclarativeBase):
    """The base class of all rows."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {str: Text(), int: BigInteger(), float: Float(53), datetime: UtcDateTime()}


def partial(name: str, *columns: Any, where: str) -> Index:
    """An index of the rows that fulfil a condition. Statements use it if they have the same condition, as literals."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))
