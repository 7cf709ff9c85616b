"""Configuration: one closed, frozen set of values read from `CHOREO_*` variables, or from files that they name."""

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from shared.precision import Precision
from shared.renamed_settings import RenamedVariables
from shared.secret_files import SUFFIX as FILE_SUFFIX
from shared.secret_files import SecretFiles

PREFIX = "CHOREO_"
OF_CALLERS = frozenset({"CHOREO_BASE_URL", "CHOREO_API_KEY", "CHOREO_WEBHOOK_SECRET"})
"""What the client and the `choreo` command read; a service on the same machine has no business with it."""
FORMER_NAMES = {
    "heartbeat_seconds": "beat_seconds",
    "orphaned_objects_seconds": "leftovers_seconds",
    "fault_injection": "magic_prompts",
}
"""The former names of renamed settings. Each is accepted for one release, with a warning."""
BUNDLED_BASE = Path(__file__).resolve().parents[1] / "services" / "motion" / "world" / "weights"
_DEVELOPMENT_SECRET = "development-only"  # noqa: S105  (refused outside development)
_OF_ONE_MACHINE = ("secret_key", "public_url", "database_url", "broker_url", "storage_url")
"""What has a default that serves one machine at most, so that a production has to say it."""


class Settings(BaseSettings):
    """Everything an operator may set. Unknown names are errors, in code and in the environment.

    Any of them may be in a file instead: `CHOREO_SECRET_KEY_FILE=/run/secrets/key`.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    environment: Literal["development", "production"] = "development"
    secret_key: SecretStr = Field(
        default=SecretStr(_DEVELOPMENT_SECRET),
        description="Signs cursors and local storage URLs and derives webhook secrets.",
    )
    public_url: str = "http://127.0.0.1:8080"
    http_host: str = Field(default="127.0.0.1", description="Where the API listens; 0.0.0.0 in a container.")
    http_port: int = Field(default=8080, ge=0, le=65535)
    database_url: str = "sqlite:///./.choreo/choreo.db"
    broker_url: str = "memory://"

    storage_url: str = Field(default="directory:./.choreo/storage", description="`directory:PATH` or `s3://BUCKET`.")
    s3_endpoint_url: str | None = None
    s3_public_endpoint_url: str | None = Field(
        default=None, description="Where callers reach that server, if elsewhere; presigned URLs name it."
    )
    s3_access_key: str | None = None
    s3_secret_key: SecretStr | None = None
    s3_region: str = "us-east-1"
    s3_timeout_seconds: float = Field(
        default=30.0, gt=0, description="How long that server may be silent; each call is tried four times."
    )

    work_dir: Path = Path("./.choreo/work")
    base_models: dict[str, Path] = Field(
        default={"choreo-world": BUNDLED_BASE}, description="Base model id to its folder in diffusers layout."
    )
    clip_model: Path | None = Field(
        default=None, description="A CLIP in transformers layout, for evaluations; see docs/evaluation.md."
    )
    xclip_model: Path | None = Field(default=None, description="An X-CLIP in transformers layout, likewise.")
    device: str = "auto"
    base_dtype: Precision = Field(
        default="auto", description="A base's weights in memory; `auto` is bfloat16 on a GPU that has it, else float32."
    )
    compute_dtype: Precision = Field(
        default="auto", description="What networks compute in; `auto` is bfloat16 where the device is faster with it."
    )
    engine_threads: int | None = Field(default=None, ge=1)

    lease_seconds: float = Field(default=60.0, gt=0)
    heartbeat_seconds: float = Field(default=15.0, gt=0)
    max_attempts: int = Field(default=3, ge=1)
    backoff_seconds: float = Field(
        default=10.0, ge=0, description="How long a job that failed waits before it is tried again; then twice as long."
    )
    sweep_seconds: float = Field(default=5.0, gt=0)
    cancel_grace_seconds: float = Field(default=10.0, gt=0)
    drain_seconds: float = Field(default=40.0, gt=0, description="How long a program that is told to end may take.")
    orphaned_objects_seconds: float = Field(
        default=3600.0, gt=0, description="How long after a job's end what its attempts left in storage is removed."
    )

    webhook_allowed_networks: list[str] = Field(
        default=[], description="CIDR ranges that webhooks may reach although they are not public."
    )
    requests_per_minute: int = Field(
        default=6000, ge=1, le=1_000_000, description="What a tenant may send, unless it has a limit of its own."
    )
    moderation_words: Path | None = Field(
        default=None, description="A file of words and phrases, one a line; requests with one of them are refused."
    )
    fault_injection: bool = Field(
        default=False, description="Prompts that inject faults (docs/fault-injection.md); on one machine only."
    )
    max_clip_bytes: int = Field(default=200 * 2**20, gt=0)
    upload_part_bytes: int = Field(default=16 * 2**20, ge=5 * 2**20, description="Larger clips may come in parts.")
    clip_urls: bool = Field(default=False, description="Whether the service fetches clips from URLs itself.")
    max_clip_seconds: float = Field(default=60.0, gt=0)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then variables, then the files that variables name, then variables with former names."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, SecretFiles(settings_cls), RenamedVariables(settings_cls, FORMER_NAMES)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_environment(cls, values: dict[str, Any]) -> dict[str, Any]:
        names = {f"{PREFIX}{name}".upper() for name in [*cls.model_fields, *FORMER_NAMES.values()]}
        known = OF_CALLERS | names | {name + FILE_SUFFIX for name in names}
        unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
        if unknown:
            raise ValueError(f"unknown environment variables: {', '.join(unknown)}")
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        missing = [f"{PREFIX}{name}".upper() for name in _OF_ONE_MACHINE if name not in self.model_fields_set]
        if self.environment == "production" and missing:
            raise ValueError(f"must be set outside development: {', '.join(missing)}")
        if self.environment == "production" and self.secret_key.get_secret_value() in ("", _DEVELOPMENT_SECRET):
            raise ValueError("CHOREO_SECRET_KEY must be a secret outside development")
        if self.fault_injection and (self.environment == "production" or self.broker_url != "memory://"):
            raise ValueError("CHOREO_FAULT_INJECTION is for the service on one machine, in development")
        if self.heartbeat_seconds >= self.lease_seconds:
            raise ValueError("CHOREO_HEARTBEAT_SECONDS must be shorter than CHOREO_LEASE_SECONDS")
        if self.cancel_grace_seconds >= self.drain_seconds:
            raise ValueError("CHOREO_CANCEL_GRACE_SECONDS must be shorter than CHOREO_DRAIN_SECONDS")
        return self
