"""Settings of the embedded service: database, storage and work folder inside one data folder."""

import secrets
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from shared.files import write_atomically
from shared.program import load
from shared.settings import Settings

LOOPBACK = ["127.0.0.0/8"]
HEARTBEAT_SECONDS = 1.0
"""Seconds. Heartbeats carry the progress that the console and the clients show; on one machine they cost little."""


def settings_for(folder: Path, base_url: str, base_models: dict[str, Path] | None = None) -> Settings:
    """The settings of a service that stores everything in `folder`; the environment supplies the others.

    Raises ConfigurationError.
    """
    chosen: dict[str, Any] = {"base_models": base_models} if base_models else {}
    return load(
        database_url=f"sqlite:///{folder / 'choreo.db'}",
        broker_url="memory://",
        storage_url=f"directory:{folder / 'storage'}",
        work_dir=folder / "work",
        public_url=base_url,
        secret_key=SecretStr(_secret_key(folder)),
        webhook_allowed_networks=LOOPBACK,
        heartbeat_seconds=HEARTBEAT_SECONDS,
        **chosen,
    )


def _secret_key(folder: Path) -> str:
    """The folder's secret key, generated at the first start."""
    file = folder / "secret"
    if not file.exists():
        write_atomically(file, secrets.token_urlsafe(32), mode=0o600)
    return file.read_text(encoding="utf-8")
