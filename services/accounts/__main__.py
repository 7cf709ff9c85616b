"""`python -m services.accounts NAME`: creates an API key for a tenant; creates the tenant if the name is new."""

import argparse
import sys

from services.accounts import audit
from services.accounts.service import SCOPES, create_key, create_tenant, find_tenant
from services.db import migrations
from services.db.sessions import open_database
from shared.clock import SystemClock
from shared.program import run
from shared.settings import Settings

ORDINARY = ("generate", "read", "train")


def main(settings: Settings) -> None:
    """Print the new key, which is not shown again. Raises ConfigurationError and Unavailable."""
    parser = argparse.ArgumentParser(prog="python -m services.accounts", description=__doc__)
    parser.add_argument("tenant", help="who the key is for")
    parser.add_argument("--key-name", default="first", help="what the key is called in lists")
    parser.add_argument("--scope", action="append", choices=sorted(SCOPES), help=f"may repeat ({', '.join(ORDINARY)})")
    options = parser.parse_args()
    database, now = open_database(settings.database_url), SystemClock().now()
    migrations.check(database.engine)
    with database.write() as session:
        tenant = find_tenant(session, options.tenant) or create_tenant(session, options.tenant, now)
        scopes = sorted(options.scope or ORDINARY)
        key = create_key(session, tenant.id, options.key_name, scopes, now)
        details = {"tenant_id": tenant.id, "name": options.key_name, "scopes": scopes}
        audit.record(session, audit.Actor(), "services.accounts", key.id, details, now)
    database.close()
    sys.stdout.write(f"{key.token}\n")


if __name__ == "__main__":
    run(main)
