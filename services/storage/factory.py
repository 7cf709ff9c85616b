"""Opens the configured store."""

from pathlib import Path
from typing import TYPE_CHECKING

from services.storage.directory import DirectoryStore
from services.storage.port import ObjectStore
from services.storage.signing import UrlSigner
from shared.clock import Clock, SystemClock
from shared.errors import ConfigurationError
from shared.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def open_store(settings: Settings, *, clock: Clock | None = None) -> ObjectStore:
    """The store at `storage_url`: `directory:PATH` or `s3://BUCKET`. Raises `ConfigurationError`."""
    clock = clock or SystemClock()
    scheme, _, rest = settings.storage_url.partition(":")
    if scheme == "directory":
        secret = settings.secret_key.get_secret_value()
        return DirectoryStore(Path(rest), signer=UrlSigner(base_url=settings.public_url, secret=secret, clock=clock))
    if scheme == "s3":
        return _open_s3(settings, rest.strip("/"), clock)
    raise ConfigurationError(f"storage_url must begin with directory: or s3://, not {scheme}:")


def _open_s3(settings: Settings, bucket: str, clock: Clock) -> ObjectStore:
    from services.storage.s3 import S3Store, make_client  # noqa: PLC0415 - boto3 takes 0.3 s to import

    def client(endpoint_url: str | None) -> "S3Client":
        return make_client(
            endpoint_url=endpoint_url,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None,
            region=settings.s3_region,
            timeout=settings.s3_timeout_seconds,
        )

    public = settings.s3_public_endpoint_url
    presigner = client(public) if public else None
    return S3Store(client(settings.s3_endpoint_url), bucket, clock=clock, presigner=presigner)
