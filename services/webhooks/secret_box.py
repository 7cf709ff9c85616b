"""Secrets of endpoints at rest: encrypted with a key that only the service's own secret can derive (Fernet).

Signing needs the secret itself, so a hash would not do. Whoever has a copy of the database, and no more, has none.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import or_, select, update

from services.db.sessions import WriteSession
from services.db.tables import WebhookEndpointRow
from shared.errors import ChoreoError

SEALED = "fernet:"
"""What the database has begins with this; what was written before secrets were encrypted does not."""


class SecretUnreadable(ChoreoError):
    """The endpoint's secret was sealed under another CHOREO_SECRET_KEY; rotate the endpoint's secret."""

    code, title = "secret_unreadable", "Secret unreadable"


class SecretBox:
    """Seals and opens secrets with a key derived from the service's secret."""

    def __init__(self, secret_key: str) -> None:
        derived = hmac.digest(secret_key.encode(), b"choreo/endpoint secrets/1", hashlib.sha256)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, secret: str) -> str:
        """The secret as the database keeps it."""
        return SEALED + self._fernet.encrypt(secret.encode()).decode()

    def open(self, kept: str) -> str:
        """The secret itself, also one that was never sealed. Raises SecretUnreadable."""
        if not kept.startswith(SEALED):
            return kept
        try:
            return self._fernet.decrypt(kept.removeprefix(SEALED).encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable from error


def seal_all(session: WriteSession, secret_box: SecretBox, limit: int = 100) -> int:
    """Seal secrets that were written in plain, as they were once; returns how many endpoints had one."""
    plain = [
        column.is_not(None) & ~column.startswith(SEALED)
        for column in (WebhookEndpointRow.secret, WebhookEndpointRow.previous_secret)
    ]
    rows = session.scalars(select(WebhookEndpointRow).where(or_(*plain)).limit(limit).with_for_update(skip_locked=True))
    for row in rows:
        kept = {"secret": _sealed(secret_box, row.secret), "previous_secret": _sealed(secret_box, row.previous_secret)}
        session.execute(update(WebhookEndpointRow).where(WebhookEndpointRow.id == row.id).values(kept))
    return len(rows)


def _sealed(secret_box: SecretBox, kept: str | None) -> str | None:
    return kept if kept is None or kept.startswith(SEALED) else secret_box.seal(kept)
