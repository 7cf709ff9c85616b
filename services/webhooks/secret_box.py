"""Encryption of endpoint secrets at rest (Fernet), with a key derived from `CHOREO_SECRET_KEY`.

Signing needs the plain secret, so a hash is not enough. A copy of the database alone reveals no secret.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import or_, select, update

from services.db.sessions import WriteSession
from services.db.tables import WebhookEndpointRow
from shared.errors import ChoreoError

ENCRYPTED_PREFIX = "fernet:"
"""Prefix of encrypted secrets; secrets stored before encryption was introduced lack it."""


class SecretUnreadable(ChoreoError):
    """The endpoint's secret was encrypted under another CHOREO_SECRET_KEY; rotate the endpoint's secret."""

    code, title = "secret_unreadable", "Secret unreadable"


class SecretBox:
    """Encrypts and decrypts secrets with a key derived from the service's secret."""

    def __init__(self, secret_key: str) -> None:
        derived = hmac.digest(secret_key.encode(), b"choreo/endpoint secrets/1", hashlib.sha256)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def encrypt(self, secret: str) -> str:
        """Encrypt a secret for storage."""
        return ENCRYPTED_PREFIX + self._fernet.encrypt(secret.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """Decrypt a stored secret; a plain one is returned unchanged. Raises SecretUnreadable."""
        if not stored.startswith(ENCRYPTED_PREFIX):
            return stored
        try:
            return self._fernet.decrypt(stored.removeprefix(ENCRYPTED_PREFIX).encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable from error


def encrypt_all(session: WriteSession, secret_box: SecretBox, limit: int = 100) -> int:
    """Encrypt secrets stored in plain text by an earlier release; returns the number of endpoints."""
    plain = [
        column.is_not(None) & ~column.startswith(ENCRYPTED_PREFIX)
        for column in (WebhookEndpointRow.secret, WebhookEndpointRow.previous_secret)
    ]
    rows = session.scalars(select(WebhookEndpointRow).where(or_(*plain)).limit(limit).with_for_update(skip_locked=True))
    for row in rows:
        stored = {
            "secret": _encrypted(secret_box, row.secret),
            "previous_secret": _encrypted(secret_box, row.previous_secret),
        }
        session.execute(update(WebhookEndpointRow).where(WebhookEndpointRow.id == row.id).values(stored))
    return len(rows)


def _encrypted(secret_box: SecretBox, stored: str | None) -> str | None:
    return stored if stored is None or stored.startswith(ENCRYPTED_PREFIX) else secret_box.encrypt(stored)
