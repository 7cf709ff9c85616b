"""Configuration: one closed, frozen set of settings, read from `CHOREO_*` variables or from files that they name."""

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from shared.precision import Precision
from shared.renamed_settings import RenamedVariables
from shared.secret_files import SUFFIX as FILE_SUFFIX
from shared.secret_files import SecretFiles
from shared.setting_types import (
    YEAR_SECONDS,
    BrokerUrl,
    DatabaseUrl,
    HttpUrl,
    Network,
    Seconds,
    StorageUrl,
)

PREFIX = "CHOREO_"
CLIENT_VARIABLES = frozenset({"CHOREO_BASE_URL", "CHOREO_API_KEY", "CHOREO_WEBHOOK_SECRET"})
"""Variables of the client and the `choreo` command, which a service on the same machine ignores."""
FORMER_NAMES = {
    "heartbeat_seconds": "beat_seconds",
    "orphaned_objects_seconds": "leftovers_seconds",
    "fault_injection": "magic_prompts",
}
"""The former names of renamed settings. Each is accepted for one release, with a warning."""
BUNDLED_BASE = Path(__file__).resolve().parents[1] / "services" / "motion" / "world" / "weights"
_DEVELOPMENT_SECRET = "development-only"  # noqa: S105  (refused outside development)
REQUIRED_IN_PRODUCTION = ("secret_key", "public_url", "database_url", "broker_url", "storage_url")
"""Settings whose defaults serve a single machine, so that production has to set them."""


class Settings(BaseSettings):
    """The settings of every program of the service. Unknown names are errors, in code and in the environment.

    Each may be in a file instead: `CHOREO_SECRET_KEY_FILE=/run/secrets/key`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False
    )

    environment: Literal["development", "production"] = Field(
        default="development",
        description="`production` refuses to start with a default that serves a single machine.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(_DEVELOPMENT_SECRET),
        description="Secret that signs paging cursors and URLs of the directory store, derives the tenants' webhook "
        "secrets, and encrypts the secrets of webhook endpoints. The same for all programs.",
    )
    public_url: HttpUrl = Field(
        default="http://127.0.0.1:8080", description="Base URL at which callers reach the API; links in answers use it."
    )
    http_host: str = Field(
        default="127.0.0.1", description="Address on which `python -m api` listens; `0.0.0.0` in a container."
    )
    http_port: int = Field(default=8080, ge=0, le=65535, description="TCP port of `python -m api`; 0 takes a free one.")
    max_connections: int = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="Connections that `python -m api` accepts at the same time, event streams too.",
    )
    database_url: DatabaseUrl = Field(
        default="sqlite:///./.choreo/choreo.db",
        description="SQLAlchemy URL of the database: SQLite, or PostgreSQL (`postgresql+psycopg://...`).",
    )
    broker_url: BrokerUrl = Field(
        default="memory://",
        description="URL of the Celery broker: `redis://...`, or `memory://` for the service in a single process. "
        "The API also counts requests there.",
    )

    storage_url: StorageUrl = Field(
        default="directory:./.choreo/storage", description="Object storage: `directory:PATH` or `s3://BUCKET`."
    )
    s3_endpoint_url: HttpUrl | None = Field(
        default=None, description="URL of the S3 server, as the programs reach it; unset for AWS."
    )
    s3_public_endpoint_url: HttpUrl | None = Field(
        default=None,
        description="URL of the S3 server, as callers reach it; presigned URLs name it. Unset: the same URL.",
    )
    s3_access_key: str | None = Field(
        default=None, description="Access key of the S3 server; unset: boto3's own chain of credentials."
    )
    s3_secret_key: SecretStr | None = Field(default=None, description="Secret key that belongs to the access key.")
    s3_region: str = Field(default="us-east-1", pattern="^[a-zA-Z0-9-]+$", description="Region of the bucket.")
    s3_timeout_seconds: Seconds = Field(
        default=30.0,
        description="Seconds of silence of the S3 server after which a call fails. Each call is tried four times.",
    )

    work_dir: Path = Field(
        default=Path("./.choreo/work"),
        description="Folder for temporary files: inputs and results of attempts, clips in examination, health files.",
    )
    base_models: dict[str, Path] = Field(
        default={"choreo-world": BUNDLED_BASE},
        min_length=1,
        description="Base models: id to folder in diffusers layout. The first is the default of a training.",
    )
    clip_model: Path | None = Field(
        default=None,
        description="Folder of a CLIP in transformers layout, for evaluations (docs/evaluation.md).",
    )
    xclip_model: Path | None = Field(
        default=None, description="Folder of an X-CLIP in transformers layout, for evaluations."
    )
    device: str = Field(
        default="auto", description="Device of the engine: `cpu`, `cuda`, `cuda:1`; `auto` is CUDA if there is one."
    )
    base_dtype: Precision = Field(
        default="auto",
        description="Dtype of a base model's weights in memory; `auto` is bfloat16 on a GPU that supports it, else "
        "float32.",
    )
    compute_dtype: Precision = Field(
        default="auto", description="Dtype in which networks compute; `auto` is bfloat16 where the device is faster so."
    )
    confine_engine: bool = Field(
        default=True,
        description="Whether the engine gives up the network, other processes and the service's own files (Linux; see "
        "docs/safety.md). Turn it off only if a driver does not work with it.",
    )
    engine_threads: int | None = Field(
        default=None,
        ge=1,
        le=4096,
        description="CPU threads of the engine process; unset: PyTorch's choice, one per core.",
    )

    lease_seconds: Seconds = Field(
        default=60.0, description="Seconds for which a claim or a heartbeat extends the lease of an attempt."
    )
    heartbeat_seconds: Seconds = Field(
        default=15.0, description="Seconds between two heartbeats of an attempt; less than the lease."
    )
    max_attempts: int = Field(
        default=3, ge=1, le=1000, description="Number of failed or lost attempts after which a job fails for good."
    )
    backoff_seconds: float = Field(
        default=10.0,
        ge=0,
        le=YEAR_SECONDS,
        description="Seconds before a job is tried again after its first failed attempt; doubled for each further one.",
    )
    sweep_seconds: Seconds = Field(
        default=5.0, description="Seconds between two iterations of the sweep, which finds expired leases."
    )
    cancel_grace_seconds: Seconds = Field(
        default=10.0,
        description="Seconds that the engine may take to stop a job by itself before the worker ends the process.",
    )
    drain_seconds: Seconds = Field(
        default=40.0,
        description="Seconds that a program may take to shut down after SIGTERM; more than the grace of a cancel.",
    )
    orphaned_objects_seconds: Seconds = Field(
        default=3600.0,
        description="Seconds between a job's end and the removal of the orphaned objects of its attempts.",
    )

    webhook_allowed_networks: list[Network] = Field(
        default=[],
        description="CIDR ranges of non-public networks that webhooks and clip URLs may reach, by http too.",
    )
    requests_per_minute: int = Field(
        default=6000, ge=1, le=1_000_000, description="Requests per minute of a tenant that has no limit of its own."
    )
    moderation_words: Path | None = Field(
        default=None,
        description="File of words and phrases, one per line; a request that contains one is refused.",
    )
    fault_injection: bool = Field(
        default=False,
        description="Whether certain prompts fail on purpose (docs/fault-injection.md); only for `memory://`.",
    )
    max_clip_bytes: int = Field(
        default=200 * 2**20, gt=0, le=2**40, description="Largest clip that is accepted, in bytes."
    )
    upload_part_bytes: int = Field(
        default=16 * 2**20,
        ge=5 * 2**20,
        le=5 * 2**30,
        description="Size of a part in bytes; a clip that is larger may be uploaded in parts.",
    )
    upload_url_seconds: int = Field(
        default=3600, ge=1, le=86400, description="Seconds for which the upload URLs of a declared clip work."
    )
    clip_urls: bool = Field(
        default=False, description="Whether a clip may be declared with a URL, which the service fetches."
    )
    max_clip_seconds: Seconds = Field(default=60.0, description="Longest clip that is accepted, in seconds.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Precedence: arguments, variables, files that variables name, variables of former names."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, SecretFiles(settings_cls), RenamedVariables(settings_cls, FORMER_NAMES)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_environment(cls, values: dict[str, Any]) -> dict[str, Any]:
        names = {f"{PREFIX}{name}".upper() for name in [*cls.model_fields, *FORMER_NAMES.values()]}
        known = CLIENT_VARIABLES | names | {name + FILE_SUFFIX for name in names}
        unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
        if unknown:
            raise ValueError(f"unknown environment variables: {', '.join(unknown)}")
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        missing = [f"{PREFIX}{name}".upper() for name in REQUIRED_IN_PRODUCTION if name not in self.model_fields_set]
        if self.environment == "production" and missing:
            raise ValueError(f"must be set outside development: {', '.join(missing)}")
        if self.environment == "production" and self.secret_key.get_secret_value() in ("", _DEVELOPMENT_SECRET):
            raise ValueError("CHOREO_SECRET_KEY must be a secret outside development")
        if self.fault_injection and (self.environment == "production" or self.broker_url != "memory://"):
            raise ValueError(
                "CHOREO_FAULT_INJECTION needs CHOREO_BROKER_URL=memory:// and CHOREO_ENVIRONMENT=development"
            )
        if (self.s3_access_key is None) != (self.s3_secret_key is None):
            raise ValueError("CHOREO_S3_ACCESS_KEY and CHOREO_S3_SECRET_KEY must be set together")
        if self.heartbeat_seconds >= self.lease_seconds:
            raise ValueError("CHOREO_HEARTBEAT_SECONDS must be shorter than CHOREO_LEASE_SECONDS")
        if self.cancel_grace_seconds >= self.drain_seconds:
            raise ValueError("CHOREO_CANCEL_GRACE_SECONDS must be shorter than CHOREO_DRAIN_SECONDS")
        return self
