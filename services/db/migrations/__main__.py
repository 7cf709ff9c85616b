"""`python -m services.db.migrations`: bring the database up to date, once, before the programs of a deployment."""

import sys

from services.db.engine import make_engine
from services.db.migrations import schema, upgrade
from shared.program import run
from shared.settings import Settings


def main(settings: Settings) -> None:
    """Migrate, and say from where to where. Raises Unavailable."""
    engine = make_engine(settings.database_url)
    before = schema(engine)
    if before.is_newer:
        sys.stdout.write(f"the database is at {before.found}, which is newer than this code: left as it is\n")
        return
    upgrade(engine)
    sys.stdout.write(f"the database was {before.found or 'empty'} and is at {schema(engine).found}\n")
    engine.dispose()


if __name__ == "__main__":
    run(main)
