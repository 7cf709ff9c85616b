"""Configuration: one closed, frozen set of values read from `CHOREO_*` environment variables."""

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "CHOREO_"
OF_CALLERS = frozenset({"CHOREO_BASE_URL", "CHOREO_API_KEY", "CHOREO_WEBHOOK_SECRET"})
"""What the client and the `choreo` command read; a service on the same machine has no business with it."""
BUNDLED_BASE = Path(__file__).resolve().parents[1] / "services" / "motion" / "world" / "weights"
_DEVELOPMENT_SECRET = "development-only"  # noqa: S105  (refused outside development)


class Settings(BaseSettings):
    """Everything an operator may set. Unknown names are errors, in code and in the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    environment: Literal["development", "production"] = "development"
    secret_key: SecretStr = Field(
        default=SecretStr(_DEVELOPMENT_SECRET),
        description="Signs cursors and local storage URLs and derives webhook secrets.",
    )
    public_url: str = "http://127.0.0.1:8080"
    database_url: str = "sqlite:///./.choreo/choreo.db"
    broker_url: str = "memory://"

    storage_url: str = Field(default="directory:./.choreo/storage", description="`directory:PATH` or `s3://BUCKET`.")
    s3_endpoint_url: str | None = None
    s3_access_key: str | None = None
    s3_secret_key: SecretStr | None = None
    s3_region: str = "us-east-1"

    work_dir: Path = Path("./.choreo/work")
    base_models: dict[str, Path] = Field(
        default={"choreo-world": BUNDLED_BASE}, description="Base model id to its folder in diffusers layout."
    )
    device: str = "auto"
    engine_threads: int | None = Field(default=None, ge=1)

    lease_seconds: float = Field(default=60.0, gt=0)
    beat_seconds: float = Field(default=15.0, gt=0)
    max_attempts: int = Field(default=3, ge=1)
    sweep_seconds: float = Field(default=5.0, gt=0)
    cancel_grace_seconds: float = Field(default=10.0, gt=0)

    webhook_allowed_networks: list[str] = Field(
        default=[], description="CIDR ranges that webhooks may reach although they are not public."
    )
    max_clip_bytes: int = Field(default=200 * 2**20, gt=0)
    max_clip_seconds: float = Field(default=60.0, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_environment(cls, values: dict[str, Any]) -> dict[str, Any]:
        known = {f"{PREFIX}{name}".upper() for name in cls.model_fields} | OF_CALLERS
        unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
        if unknown:
            raise ValueError(f"unknown environment variables: {', '.join(unknown)}")
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.environment == "production" and self.secret_key.get_secret_value() == _DEVELOPMENT_SECRET:
            raise ValueError("CHOREO_SECRET_KEY must be set outside development")
        if self.beat_seconds >= self.lease_seconds:
            raise ValueError("CHOREO_BEAT_SECONDS must be shorter than CHOREO_LEASE_SECONDS")
        return self
