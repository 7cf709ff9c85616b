"""A product backend's half of the HTTP contract: upload, teach, perform, follow, download."""

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

Json = dict[str, Any]
Watcher = Callable[[Json], None]

TERMINAL = frozenset({"succeeded", "failed", "canceled"})
POLL_SECONDS = 0.3
_never = threading.Event()


def _ignore(_job: Json) -> None:
    """Watch nothing."""


class ServiceRefused(RuntimeError):
    """The service answered with a problem; the message is what it said."""


class JobFailed(RuntimeError):
    """A job ended without succeeding; the message is its error."""


class Client:
    """Speaks the contract of one service for one tenant; use it as a context manager."""

    def __init__(self, base_url: str, api_key: str) -> None:
        """`base_url` without a trailing slash, `api_key` as `chk_...`."""
        headers = {"authorization": f"Bearer {api_key}"}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=60.0)
        self._plain = httpx.Client(timeout=120.0)

    def get(self, path: str, **params: Any) -> Json:
        """Read a resource.

        Raises:
            ServiceRefused: the answer is a problem.
        """
        return _answer(self._http.get(path, params=params))

    def post(self, path: str, body: Json, *, key: str | None = None) -> Json:
        """Create something, once per idempotency `key`.

        Raises:
            ServiceRefused: the answer is a problem.
        """
        return _answer(self._http.post(path, json=body, headers={"idempotency-key": key} if key else None))

    def upload(self, file: Path, *, key: str | None = None) -> str:
        """Declare, send and complete a clip; returns its id once it is ready.

        Raises:
            ServiceRefused: the clip was refused or rejected.
        """
        data = file.read_bytes()
        declared: Json = {"file_name": file.name, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        clip = self.post("/v1/clips", declared, key=key)
        if self.get(f"/v1/clips/{clip['id']}")["state"] == "awaiting_upload":
            target = clip["upload"]
            sent = self._plain.request(target["method"], target["url"], content=data, headers=target["headers"])
            sent.raise_for_status()
            clip = self.post(f"/v1/clips/{clip['id']}/complete", {})
        return self._ready(clip)

    def _ready(self, clip: Json) -> str:
        until = time.monotonic() + 120.0
        while clip["state"] not in {"ready", "rejected"} and time.monotonic() < until:
            _never.wait(POLL_SECONDS)
            clip = self.get(f"/v1/clips/{clip['id']}")
        if clip["state"] != "ready":
            raise ServiceRefused(f"clip {clip['id']} is {clip['state']}: {clip.get('rejection')}")
        return clip["id"]

    def follow(self, job_id: str, watch: Watcher = _ignore, *, timeout: float = 3600.0) -> Json:
        """Wait for a job to end, showing each state of it to `watch`; returns it as succeeded.

        Raises:
            JobFailed: it ended otherwise, or not within `timeout` seconds.
        """
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            job = self.get(f"/v1/jobs/{job_id}")
            watch(job)
            if job["state"] == "succeeded":
                return job
            if job["state"] in TERMINAL:
                raise JobFailed(f"{job_id} {job['state']}: {job.get('error')}")
            _never.wait(POLL_SECONDS)
        raise JobFailed(f"{job_id} did not end within {timeout:.0f} s")

    def download(self, url: str, path: Path) -> Path:
        """Fetch a presigned URL into a file; returns `path`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        answer = self._plain.get(url)
        answer.raise_for_status()
        path.write_bytes(answer.content)
        return path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()
        self._plain.close()


def _answer(response: httpx.Response) -> Json:
    if response.is_error:
        request = response.request
        raise ServiceRefused(f"{request.method} {request.url.path}: {response.status_code} {response.text}")
    return response.json()
