"""A server that accepts `If-None-Match: *` and overwrites anyway must not pass the startup check."""

from pathlib import Path
from typing import Any

import pytest

from services.storage.port import UnsafeStorage
from services.storage.s3 import S3Store, make_client
from shared.clock import FrozenClock
from tests.servers.s3 import moto


def _forget_the_condition(request: Any, **_: object) -> None:
    del request.headers["If-None-Match"]


def test_s3_that_overwrites_silently_is_refused_at_start(tmp_path: Path) -> None:
    with moto(tmp_path / "moto") as server:
        client = make_client(
            endpoint_url=server.endpoint_url,
            access_key=server.access_key,
            secret_key=server.secret_key,
            region="us-east-1",
        )
        client.create_bucket(Bucket="careless")
        client.meta.events.register("before-sign.s3.PutObject", _forget_the_condition)
        with pytest.raises(UnsafeStorage):
            S3Store(client, "careless", clock=FrozenClock()).check()
