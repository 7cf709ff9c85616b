"""Classification of database errors."""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError


def is_disconnect(error: DBAPIError) -> bool:
    """Whether the database did not answer or closed the connection, so that a retry on a new connection may succeed.

    PostgreSQL ends the transaction of a process that was frozen in its middle, and psycopg calls that an InternalError.
    """
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
