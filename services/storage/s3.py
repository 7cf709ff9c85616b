"""The S3 store: any S3-compatible server with conditional writes. The only module that imports boto3."""

import random
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from threading import Event
from typing import TYPE_CHECKING, Any, NoReturn

import boto3
from boto3.exceptions import RetriesExceededError
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
)

from services.storage.port import (
    AlreadyExists,
    BucketMissing,
    ObjectInfo,
    ObjectMissing,
    StorageDenied,
    StorageError,
    StorageUnavailable,
    Upload,
    check_conditional_writes,
    check_key,
    check_prefix,
    content_type_of,
)
from shared.clock import Clock
from shared.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, CopySourceTypeDef, ObjectTypeDef, PartTypeDef

NUM_CONFLICT_RETRIES = 6
NUM_TRIES = 4
TIMEOUT_SECONDS = 30.0
_WRITER = "choreo-writer"


class S3Store:
    """Objects in one bucket. A single PUT holds up to 5 GB, more than any object of the service."""

    accepts_late_uploads = True

    def __init__(
        self,
        client: "S3Client",
        bucket: str,
        *,
        clock: Clock,
        pause: Callable[[float], object] | None = None,
        presigner: "S3Client | None" = None,
    ) -> None:
        """`presigner` is a client for the public endpoint, if it differs from the internal one."""
        self._client = client
        self._presigner = presigner or client
        self._bucket = bucket
        self._clock = clock
        self._pause = pause or Event().wait

    def put(
        self, key: str, source: Path | bytes, *, if_none_match: bool = False, content_type: str | None = None
    ) -> ObjectInfo:
        """See `ObjectStore.put`."""
        content_type = content_type or content_type_of(check_key(key))
        writer = token_hex(16)
        fields: dict[str, Any] = {"ContentType": content_type, "Metadata": {_WRITER: writer}}
        if if_none_match:
            fields["IfNoneMatch"] = "*"
        try:
            self._put_until_settled(key, source, fields)
        except AlreadyExists:
            if self._writer_of(key) != writer:
                raise
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        return ObjectInfo(key, size, content_type, self._clock.now())

    def copy(self, key: str, to: str) -> None:
        """See `ObjectStore.copy`. A server-side copy of up to 5 GB."""
        source: CopySourceTypeDef = {"Bucket": self._bucket, "Key": check_key(key)}
        with _translated(key):
            self._client.copy_object(Bucket=self._bucket, Key=check_key(to), CopySource=source)

    def get(self, key: str, path: Path) -> None:
        """See `ObjectStore.get`."""
        with _translated(key):
            self._client.download_file(self._bucket, check_key(key), str(path))

    def read(self, key: str) -> bytes:
        """See `ObjectStore.read`."""
        with _translated(key):
            return self._client.get_object(Bucket=self._bucket, Key=check_key(key))["Body"].read()

    def head(self, key: str) -> ObjectInfo | None:
        """See `ObjectStore.head`."""
        try:
            with _translated(key):
                found = self._client.head_object(Bucket=self._bucket, Key=check_key(key))
        except ObjectMissing:
            return None
        return ObjectInfo(key, found["ContentLength"], found["ContentType"], found["LastModified"])

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        with _translated(key):
            self._client.delete_object(Bucket=self._bucket, Key=check_key(key))

    def delete_prefix(self, prefix: str) -> int:
        """See `ObjectStore.delete_prefix`."""
        keys = [info.key for info in self.list(prefix)]
        for key in keys:
            self.delete(key)
        self.discard_parts(prefix)
        return len(keys)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See `ObjectStore.list`. The content type is derived from the key's suffix, because S3 does not list it."""
        pages = self._client.get_paginator("list_objects_v2")
        with _translated(prefix):
            for page in pages.paginate(Bucket=self._bucket, Prefix=f"{check_prefix(prefix)}/"):
                for item in page.get("Contents", []):
                    yield _listed(item)

    def presign_get(self, key: str, *, expires: int = 3600) -> str:
        """See `ObjectStore.presign_get`."""
        place = {"Bucket": self._bucket, "Key": check_key(key)}
        return self._presigner.generate_presigned_url("get_object", Params=place, ExpiresIn=expires)

    def presign_put(self, key: str, *, size: int, expires: int = 3600) -> Upload:
        """See `ObjectStore.presign_put`. The length is a signed header, so the server refuses any other."""
        fields = {"Bucket": self._bucket, "Key": check_key(key), "ContentLength": size}
        url = self._presigner.generate_presigned_url("put_object", Params=fields, ExpiresIn=expires)
        return Upload(url, "PUT", {"Content-Length": str(size)}, self._clock.now() + timedelta(seconds=expires))

    def begin_parts(self, key: str) -> str:
        """See `ObjectStore.begin_parts`."""
        with _translated(key):
            begun = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=check_key(key), ContentType=content_type_of(key)
            )
        return begun["UploadId"]

    def presign_part(self, key: str, upload_id: str, number: int, *, size: int, expires: int = 3600) -> Upload:
        """See `ObjectStore.presign_part`. All parts but the last have at least 5 MiB."""
        fields = {"Bucket": self._bucket, "Key": check_key(key), "UploadId": upload_id, "PartNumber": number}
        signed = fields | {"ContentLength": size}
        url = self._presigner.generate_presigned_url("upload_part", Params=signed, ExpiresIn=expires)
        return Upload(url, "PUT", {"Content-Length": str(size)}, self._clock.now() + timedelta(seconds=expires))

    def assemble(self, key: str, upload_id: str) -> bool:
        """See `ObjectStore.assemble`."""
        with _translated(key):
            parts = [_completed(part) for part in self._parts(check_key(key), upload_id)]
            if parts:
                self._client.complete_multipart_upload(
                    Bucket=self._bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
                )
        return bool(parts)

    def discard_parts(self, prefix: str) -> Sequence[int]:
        """See `ObjectStore.discard_parts`. S3 does not list them as objects, but keeps them, and they are paid for."""
        pages = self._client.get_paginator("list_multipart_uploads")
        with _translated(prefix):
            found = [
                (one.get("Key", ""), one.get("UploadId", ""))
                for page in pages.paginate(Bucket=self._bucket, Prefix=f"{check_prefix(prefix)}/")
                for one in page.get("Uploads", [])
            ]
        return [self._discard_upload(key, upload_id) for key, upload_id in found]

    def prepare(self) -> None:
        """See `ObjectStore.prepare`."""
        region = self._client.meta.region_name
        place: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        if not self._is_there():
            with _translated(self._bucket):
                self._client.create_bucket(Bucket=self._bucket, **place)

    def check(self) -> None:
        """See `ObjectStore.check`."""
        check_conditional_writes(self)

    def _parts(self, key: str, upload_id: str) -> "list[PartTypeDef]":
        pages = self._client.get_paginator("list_parts").paginate(Bucket=self._bucket, Key=key, UploadId=upload_id)
        return [part for page in pages for part in page.get("Parts", [])]

    def _discard_upload(self, key: str, upload_id: str) -> int:
        """Abort an upload in parts; returns its size in bytes, 0 if it was assembled or aborted meanwhile."""
        try:
            with _translated(key):
                size = sum(part.get("Size", 0) for part in self._parts(key, upload_id))
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)
        except ObjectMissing:
            return 0
        return size

    def _is_there(self) -> bool:
        try:
            with _translated(self._bucket):
                self._client.head_bucket(Bucket=self._bucket)
        except ObjectMissing:
            return False
        return True

    def _put_until_settled(self, key: str, source: Path | bytes, fields: dict[str, Any]) -> None:
        """AWS may answer 409 to a conditional put while another is under way: only asking again tells who won."""
        for attempt in range(NUM_CONFLICT_RETRIES + 1):
            try:
                return self._put_once(key, source, fields)
            except _Conflict:
                self._pause(0.05 * 2**attempt * random.uniform(0.5, 1.0))
        raise StorageUnavailable(f"object {key} stayed in conflict over {NUM_CONFLICT_RETRIES + 1} attempts")

    def _put_once(self, key: str, source: Path | bytes, fields: dict[str, Any]) -> None:
        with _translated(key):
            if isinstance(source, bytes):
                self._client.put_object(Bucket=self._bucket, Key=key, Body=source, **fields)
                return
            with source.open("rb") as file:
                self._client.put_object(Bucket=self._bucket, Key=key, Body=file, **fields)

    def _writer_of(self, key: str) -> str | None:
        """Who wrote an object. A put whose answer was lost is sent again by boto3 and then loses to itself."""
        with _translated(key):
            return self._client.head_object(Bucket=self._bucket, Key=key)["Metadata"].get(_WRITER)


class _Conflict(StorageUnavailable):
    """Two conditional puts met; neither is known to have won (S3 `ConditionalRequestConflict`)."""


def _listed(item: "ObjectTypeDef") -> ObjectInfo:
    key, size, modified_at = item.get("Key"), item.get("Size"), item.get("LastModified")
    if key is None or size is None or modified_at is None:
        raise StorageError(f"storage lists an object without its key, size or date: {item}")
    return ObjectInfo(key, size, content_type_of(key), modified_at)


def _completed(part: "PartTypeDef") -> "CompletedPartTypeDef":
    return {"PartNumber": part.get("PartNumber", 0), "ETag": part.get("ETag", "")}


def make_client(
    *,
    endpoint_url: str | None,
    access_key: str | None,
    secret_key: str | None,
    region: str,
    timeout: float = TIMEOUT_SECONDS,
    tries: int = NUM_TRIES,
) -> "S3Client":
    """A client for AWS (no endpoint, boto3's credential chain by default) or for a compatible server.

    `timeout` is the read timeout in seconds; a call fails after `tries` tries. Raises ConfigurationError.
    """
    config = Config(
        signature_version="s3v4",
        connect_timeout=min(timeout, 5),
        read_timeout=timeout,
        retries={"mode": "standard", "total_max_attempts": tries},
        s3={"addressing_style": "path" if endpoint_url else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        client: S3Client = boto3.client(  # pyright: ignore[reportUnknownMemberType] - of its overloads only S3 has stubs
            "s3",
            endpoint_url=endpoint_url,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            region_name=region,
            config=config,
        )
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(f"the settings of the S3 server: {error}") from error
    if endpoint_url:
        client.meta.events.register("before-call.s3", _follow_no_redirect)
    return client


def _follow_no_redirect(context: dict[str, Any], **_: Any) -> None:
    """Botocore looks for the bucket's region when it is redirected, without end if the answer is a redirect too."""
    context.setdefault("s3_redirect", {})["redirected"] = True


_ERRORS: dict[str, type[StorageError]] = {
    "NoSuchKey": ObjectMissing,
    "NoSuchUpload": ObjectMissing,
    "NoSuchBucket": BucketMissing,
    "404": ObjectMissing,
    "NotFound": ObjectMissing,
    "PreconditionFailed": AlreadyExists,
    "412": AlreadyExists,
    "ConditionalRequestConflict": _Conflict,
    "OperationAborted": _Conflict,
    "409": _Conflict,
    "AccessDenied": StorageDenied,
    "403": StorageDenied,
    "SignatureDoesNotMatch": StorageDenied,
    "InvalidAccessKeyId": StorageDenied,
    "SlowDown": StorageUnavailable,
    "ServiceUnavailable": StorageUnavailable,
    "InternalError": StorageUnavailable,
    "RequestTimeout": StorageUnavailable,
    "RequestTimeTooSkewed": StorageUnavailable,
    "TooManyRequests": StorageUnavailable,
    "429": StorageUnavailable,
}


_UNSUPPORTED = (HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)


@contextmanager
def _translated(key: str) -> Generator[None]:
    try:
        yield
    except ClientError as error:
        _translate(key, error)
    except NoCredentialsError as error:
        raise StorageDenied("no S3 credentials: set CHOREO_S3_ACCESS_KEY and CHOREO_S3_SECRET_KEY") from error
    except (ConnectionError, HTTPClientError, IncompleteReadError, RetriesExceededError) as error:
        raise StorageUnavailable(f"storage does not answer: {error}") from error
    except BotoCoreError as error:
        raise StorageError(f"storage cannot be used: {error}") from error


def _translate(key: str, error: ClientError) -> NoReturn:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    is_failing = status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _UNSUPPORTED
    kind = _ERRORS.get(code) or (StorageUnavailable if is_failing else StorageError)
    raise kind("" if kind is BucketMissing else f"object {key}: storage says {code} (HTTP status {status})") from error
