"""The embedded stack's own tenant and key, and the file that tells local programs about them."""

import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from deploy.state import write_whole
from services.accounts.service import SCOPES, authenticate, create_key, create_tenant, find_tenant
from services.db.sessions import Database
from services.webhooks.sign import tenant_secret
from shared.clock import Clock
from shared.errors import Unauthorized

TENANT = "local"
FILE = "local.json"


class Access(NamedTuple):
    """What a program on this machine needs to use the service."""

    base_url: str
    api_key: str
    webhook_secret: str

    @classmethod
    def read(cls, folder: Path) -> "Access":
        """What the stack on this data folder last wrote.

        Raises:
            FileNotFoundError: none has run here.
        """
        facts = _facts(folder)
        return cls(facts["base_url"], facts["api_key"], facts["webhook_secret"])

    def write(self, folder: Path, pid: int) -> Path:
        """Leave it in `folder`, readable by the owner only."""
        file = folder / FILE
        write_whole(file, json.dumps(self._asdict() | {"pid": pid}, indent=2) + "\n", mode=0o600)
        return file


def is_written_by(folder: Path, pid: int) -> bool:
    """Whether the process `pid` has written the file already."""
    return (folder / FILE).exists() and _facts(folder)["pid"] == pid


def last_port(folder: Path) -> int | None:
    """Where the stack on this data folder last listened, if one has."""
    return urlsplit(Access.read(folder).base_url).port if (folder / FILE).exists() else None


def ensure_access(database: Database, folder: Path, base_url: str, secret_key: str, clock: Clock) -> Access:
    """The access of the last start where it still holds, else a new key for the local tenant."""
    with database.write() as session:
        now = clock.now()
        tenant = find_tenant(session, TENANT) or create_tenant(session, TENANT, now)
        token = _old_token(folder)
        try:
            authenticate(session, token, now)
        except Unauthorized:
            token = create_key(session, tenant.id, "embedded", SCOPES, now).token
    return Access(base_url, token, tenant_secret(secret_key, tenant.id))


def _old_token(folder: Path) -> str:
    return _facts(folder)["api_key"] if (folder / FILE).exists() else ""


def _facts(folder: Path) -> dict[str, Any]:
    return json.loads((folder / FILE).read_text(encoding="utf-8"))
