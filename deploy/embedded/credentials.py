"""The API key of the embedded service's own tenant, and `local.json`, from which local programs read it."""

import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from services.accounts.service import SCOPES, authenticate, create_key, create_tenant, find_tenant
from services.db.sessions import Database
from services.webhooks.sign import tenant_secret
from shared.clock import Clock
from shared.errors import Unauthorized
from shared.files import write_atomically

TENANT = "local"
FILE = "local.json"


class Credentials(NamedTuple):
    """The address of the service, an API key with every scope, and the secret that signs the tenant's webhooks."""

    base_url: str
    api_key: str
    webhook_secret: str

    @classmethod
    def read(cls, folder: Path) -> "Credentials":
        """The credentials that the last service on this data folder wrote.

        Raises:
            FileNotFoundError: no service has run on this folder.
        """
        content = _content(folder)
        return cls(content["base_url"], content["api_key"], content["webhook_secret"])

    def write(self, folder: Path, pid: int) -> None:
        """Write them, and the service's process id, to `local.json`, readable by its owner only."""
        write_atomically(
            folder / FILE, json.dumps(self._asdict() | {"pid": pid}, indent=2, allow_nan=False) + "\n", mode=0o600
        )


def is_written_by(folder: Path, pid: int) -> bool:
    """Whether the process `pid` has written `local.json`."""
    return (folder / FILE).exists() and _content(folder)["pid"] == pid


def last_port(folder: Path) -> int | None:
    """The port of the last service on this data folder, None before the first."""
    return urlsplit(Credentials.read(folder).base_url).port if (folder / FILE).exists() else None


def ensure_credentials(database: Database, folder: Path, base_url: str, secret_key: str, clock: Clock) -> Credentials:
    """The API key of the last start if it is still valid, else a new one for the local tenant."""
    with database.write() as session:
        now = clock.now()
        tenant = find_tenant(session, TENANT) or create_tenant(session, TENANT, now)
        token = _content(folder)["api_key"] if (folder / FILE).exists() else ""
        try:
            authenticate(session, token, now)
        except Unauthorized:
            token = create_key(session, tenant.id, "embedded", SCOPES, now).token
    return Credentials(base_url, token, tenant_secret(secret_key, tenant.id))


def _content(folder: Path) -> dict[str, Any]:
    return json.loads((folder / FILE).read_text(encoding="utf-8"))
