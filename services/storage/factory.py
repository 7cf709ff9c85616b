"""Opens the configured store."""

import logging
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from services.storage.directory import DirectoryStore
from services.storage.port import ObjectMissing, ObjectStore, StorageUnavailable, UnsafeStorage
from services.storage.signing import UrlSigner
from shared.clock import Clock, SystemClock
from shared.errors import ConfigurationError
from shared.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = logging.getLogger(__name__)

PROBE_SECONDS = 5.0


def open_store(settings: Settings, *, clock: Clock | None = None, num_tries: int | None = None) -> ObjectStore:
    """The store at `storage_url`: `directory:PATH` or `s3://BUCKET`. Raises `ConfigurationError`.

    A call of an S3 server is tried `num_tries` times, by default `services.storage.s3.NUM_TRIES`.
    """
    clock = clock or SystemClock()
    scheme, _, rest = settings.storage_url.partition(":")
    if scheme == "s3":
        return _open_s3(settings, rest.strip("/"), clock, num_tries)
    secret = settings.secret_key.get_secret_value()
    try:
        return DirectoryStore(Path(rest), signer=UrlSigner(base_url=settings.public_url, secret=secret, clock=clock))
    except OSError as error:
        raise ConfigurationError(f"CHOREO_STORAGE_URL: {error}") from error


def probe(settings: Settings) -> None:
    """Have the store answer one request, so that a program with wrong settings ends before it takes work.

    A store that is unavailable is logged only: it may come back while the program runs.

    Raises:
        ConfigurationError, StorageError: the settings, the store's answer, or its refusal.
    """
    quick = settings.model_copy(update={"s3_timeout_seconds": min(settings.s3_timeout_seconds, PROBE_SECONDS)})
    try:
        open_store(quick, num_tries=1).read(f"checks/{token_hex(16)}")
    except ObjectMissing:
        return
    except StorageUnavailable as error:
        log.warning("storage is unavailable: %s", error)
    else:
        raise UnsafeStorage("storage has an object that was never stored, so it is no object store")


def _open_s3(settings: Settings, bucket: str, clock: Clock, num_tries: int | None) -> ObjectStore:
    from services.storage.s3 import NUM_TRIES, S3Store, make_client  # noqa: PLC0415 - boto3 takes 0.3 s to import

    def client(endpoint_url: str | None) -> "S3Client":
        return make_client(
            endpoint_url=endpoint_url,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key.get_secret_value() if settings.s3_secret_key else None,
            region=settings.s3_region,
            timeout=settings.s3_timeout_seconds,
            tries=num_tries or NUM_TRIES,
        )

    public = settings.s3_public_endpoint_url
    presigner = client(public) if public else None
    return S3Store(client(settings.s3_endpoint_url), bucket, clock=clock, presigner=presigner)
