"""The schema's history (Alembic). `upgrade(engine)` brings a database up to date; safe to run from many processes.

`python -m services.db.migrations` does that once, with the settings of the environment, before a deployment.
"""

from typing import NamedTuple

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from services.db.engine import make_engine, unusable
from services.db.migrations import runner
from shared.errors import ConfigurationError, Unavailable


def upgrade(target: Engine | str, revision: str = "head") -> None:
    """Migrate the database at this engine or URL, under a lock; see `runner`.

    Raises TableLocked, and ConfigurationError when the settings of the database are wrong.
    """
    engine = target if isinstance(target, Engine) else make_engine(target)
    try:
        runner.run(engine, revision)
    except OperationalError as error:
        reason = unusable(error)
        if isinstance(reason, ConfigurationError):
            raise reason from error
        raise
    finally:
        if engine is not target:
            engine.dispose()


class MigrationPending(Unavailable):
    """The database has not been brought up to date for this code yet: start it again once it has."""

    code, title = "migration_pending", "Migration pending"


class Schema(NamedTuple):
    """The revision that a database is at, None when it is empty, and how that compares with this code's."""

    found: str | None
    wanted: str | None
    is_newer: bool


def schema(engine: Engine) -> Schema:
    """How far the database is. Raises ConfigurationError when its settings are wrong, Unavailable."""
    scripts = ScriptDirectory(str(runner.FOLDER))
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise unusable(error) from error
    known = {script.revision for script in scripts.walk_revisions()}
    return Schema(found, scripts.get_current_head(), is_newer=found is not None and found not in known)


def check(engine: Engine) -> None:
    """Refuse a schema older than this code. A newer one is fine: each migration leaves room for the code before it.

    Raises:
        ConfigurationError: there is none yet, or the settings of the database are wrong.
        MigrationPending: it is older, as in the middle of a rolling release.
        Unavailable: the database does not answer.
    """
    found = schema(engine)
    if found.found == found.wanted or found.is_newer:
        return
    now = f"at revision {found.found}" if found.found else "empty"
    message = f"the database is {now}, not at {found.wanted}: run `python -m services.db.migrations`"
    raise MigrationPending(message) if found.found else ConfigurationError(message)
