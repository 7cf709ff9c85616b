"""Which complaints of a database pass by themselves, for those who try again."""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError


def is_away(error: DBAPIError) -> bool:
    """Whether the database did not answer, or ended our connection: the same may go well on another one.

    PostgreSQL ends the transaction of a process that was frozen in its middle, and psycopg calls that an InternalError.
    """
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
