"""The embedded stack's data folder: where everything that it keeps lies, and the settings that say so."""

import secrets
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from deploy.state import write_whole
from shared.settings import Settings

LOOPBACK = ["127.0.0.0/8"]
HEARTBEAT_SECONDS = 1.0
"""Heartbeats carry the progress that the console and the clients show. On one machine they cost almost nothing."""


def settings_for(folder: Path, base_url: str, base_models: dict[str, Path] | None = None) -> Settings:
    """The settings of a stack that keeps all it has in `folder`; what the environment says of the rest holds."""
    chosen: dict[str, Any] = {"base_models": base_models} if base_models else {}
    return Settings(
        database_url=f"sqlite:///{folder / 'choreo.db'}",
        broker_url="memory://",
        storage_url=f"directory:{folder / 'storage'}",
        work_dir=folder / "work",
        public_url=base_url,
        secret_key=SecretStr(_secret_of(folder)),
        webhook_allowed_networks=LOOPBACK,
        heartbeat_seconds=HEARTBEAT_SECONDS,
        **chosen,
    )


def _secret_of(folder: Path) -> str:
    """The folder's own secret, made at its first start."""
    file = folder / "secret"
    if not file.exists():
        write_whole(file, secrets.token_urlsafe(32), mode=0o600)
    return file.read_text(encoding="utf-8")
