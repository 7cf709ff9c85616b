"""The base class of all tables. Ids are text, times UTC, sizes bytes; `state` columns hold the schemas' enums."""

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, Float, ForeignKey, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

from services.db.types import Json, UtcDateTime

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
