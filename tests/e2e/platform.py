"""Production's processes, started by a test: a relay, a sweep and workers around a running HTTP service."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis

from deploy.client import Client
from tests.service import Service, running
from tests.waiting import wait_until

PATIENCE = 300.0
"""Seconds that a busy machine may take to load torch and run a few steps; an idle one takes five."""
LEASE_SECONDS, BEAT_SECONDS, SWEEP_SECONDS = 4.0, 0.3, 0.3
"""Short, so that the loss of a worker shows at once; still many times what a busy machine delays a beat."""


@dataclass
class Platform:
    """Everything but workers; `worker` starts those."""

    service: Service
    client: Client
    folder: Path
    environment: dict[str, str]
    clip_id: str
    _started: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)

    def worker(self) -> "subprocess.Popen[bytes]":
        """A worker of its own process group, serving every queue."""
        return self.start("worker")

    def start(self, module: str) -> "subprocess.Popen[bytes]":
        """`python -m module` with this platform's settings."""
        self._started += 1
        argv = [sys.executable, "-m", "tests.e2e.tied", module]
        with (self.folder / f"{module}-{self._started}.log").open("wb") as log:
            process = subprocess.Popen(argv, stdout=log, stderr=log, env=self.environment, start_new_session=True)
        self._stack.callback(_end, process)
        return process

    def submit_training(self, **recipe: Any) -> str:
        """A training for a new concept; returns the job's id."""
        concept = self.client.post("/v1/concepts", {"name": "a move"})["id"]
        clips = [{"clip_id": self.clip_id, "caption": "a square moving right"}]
        body = {"concept": concept, "clips": clips, "recipe": {"seed": 1, **recipe}}
        return self.client.post("/v1/trainings", body)["id"]

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as callers see it."""
        return self.client.get(f"/v1/jobs/{job_id}")

    def wait_for(self, job_id: str, state: str, timeout: float = PATIENCE) -> dict[str, Any]:
        """The job once it is in this state."""

        def there() -> dict[str, Any] | None:
            job = self.job(job_id)
            return job if job["state"] == state else None

        return wait_until(there, timeout=timeout, what=f"{job_id} {state}")

    def wait_for_step(self, job_id: str, step: int, *, attempt: int = 1, timeout: float = PATIENCE) -> None:
        """Wait until this attempt trains and is at least at this step."""

        def there() -> bool:
            job = self.job(job_id)
            progress = job["progress"]
            return job["attempt"] == attempt and progress["phase"] == "training" and progress["step"] >= step

        wait_until(there, timeout=timeout, what=f"step {step} of {job_id}")

    def manifest(self, job: dict[str, Any]) -> dict[str, Any]:
        """The manifest that the job's last attempt committed."""
        return json.loads(self.manifests(job)[job["attempt"]])

    def manifests(self, job: dict[str, Any]) -> dict[int, str]:
        """Every manifest of the job, by attempt."""
        root = Path(self.service.settings.storage_url.partition(":")[2])
        found = root.rglob(f"{job['id']}/attempt-*/manifest.json")
        return {int(path.parent.name.removeprefix("attempt-")): path.read_text() for path in found}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program and all that it started."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def platform(folder: Path, database_url: str, redis_url: str, base: Path, clip: Path) -> Iterator[Platform]:
    """Run the platform below `folder` until the block ends."""
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    chosen = {
        "broker_url": redis_url,
        "base_models": {"choreo-world": base},
        "lease_seconds": LEASE_SECONDS,
        "beat_seconds": BEAT_SECONDS,
        "sweep_seconds": SWEEP_SECONDS,
        "max_attempts": 5,
        "engine_threads": 1,
    }
    with running(database_url, folder, **chosen) as service, ExitStack() as stack:
        token = service.caller().headers["authorization"].removeprefix("Bearer ")
        client = stack.enter_context(Client(service.settings.public_url, token))
        one = Platform(service, client, folder, _environment(service), client.upload(clip), _stack=stack)
        one.start("worker.relay")
        one.start("worker.sweep")
        yield one


def _environment(service: Service) -> dict[str, str]:
    """The settings of a running service as its other processes are told them."""
    settings = json.loads(service.settings.model_dump_json(exclude={"secret_key"}, exclude_none=True))
    values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in settings.items()}
    return dict(os.environ) | {f"CHOREO_{name.upper()}": value for name, value in values.items()}
