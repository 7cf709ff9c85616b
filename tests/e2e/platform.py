"""A deployment on this machine: its programs as processes with one environment, and HTTP."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from redis import Redis

from services.accounts.service import find_tenant
from services.db.sessions import open_database
from services.storage.factory import open_store
from services.webhooks.sign import tenant_secret
from shared.settings import Settings
from tests.api_client import ApiClient
from tests.servers.process import free_port
from tests.waiting import wait_until

PATIENCE = 300.0
"""Seconds that a busy machine may take to load torch and run a few steps; an idle one takes five."""
FAST = {"lease_seconds": 4.0, "heartbeat_seconds": 0.3, "sweep_seconds": 0.3, "backoff_seconds": 0.1}
"""Short, so that the loss of a worker shows at once; still many times what a busy machine delays a beat."""
ENDLESS = {"steps": 100_000, "checkpoint_every": 100_000}
"""The recipe of a training that a test ends. Without checkpoints: a tiny base is due for one ten times a second."""
SECRETS = ("secret_key", "database_url", "s3_secret_key")
TENANT = "acme"


@dataclass
class Platform:
    """All programs but the workers, which `worker` starts."""

    settings: Settings
    folder: Path
    environment: dict[str, str]
    token: str = field(init=False)
    client: ApiClient = field(init=False)
    programs: "dict[str, subprocess.Popen[bytes]]" = field(init=False)
    """The API, the relay and the sweep that were started first."""
    clip_id: str = field(init=False)
    _started: "list[tuple[subprocess.Popen[bytes], str]]" = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def worker(self, **changes: str) -> "subprocess.Popen[bytes]":
        """A worker of its own process group, serving every queue."""
        return self.start("worker", **changes)

    def start(self, module: str, **changes: str) -> "subprocess.Popen[bytes]":
        """`python -m module` with this platform's settings; it must end with status 0 after SIGTERM."""
        argv = [sys.executable, "-m", "tests.e2e.tied", module]
        name = f"{module}-{len(self._started) + 1}"
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                argv, stdout=log, stderr=log, env=self.environment | changes, start_new_session=True
            )
        self._started.append((process, name))
        return process

    def run(self, module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """`python -m module` with this platform's settings, to its end."""
        return run_module(module, self.environment, *arguments)

    def is_well(self, program: str) -> bool:
        """Whether every process of this program is healthy."""
        return self.run("worker.health", program).returncode == 0

    def open(self) -> None:
        """Prepare database, storage and a key, and start the shared programs."""
        for module in ("services.db.migrations", "services.storage"):
            done = self.run(module)
            assert done.returncode == 0, done.stderr
        self._stack.callback(self._end)
        self.programs = {module: self.start(module) for module in ("api", "worker.relay", "worker.sweep")}
        self.token = self.run("services.accounts", TENANT).stdout.strip()
        self.client = self._stack.enter_context(ApiClient(self.settings.public_url, self.token))
        wait_until(lambda: is_ready(self.settings.public_url), timeout=PATIENCE, what="a ready API")

    def _end(self) -> None:
        """Send SIGTERM to all programs that still run, and check that each ends with status 0."""
        running = [(process, name) for process, name in self._started if process.poll() is None]
        with ExitStack() as ends:
            for process, name in running:
                process.terminate()
                ends.callback(_see_end, process, name)

    @property
    def webhook_secret(self) -> str:
        """What the tenant's webhooks are signed with."""
        database = open_database(self.settings.database_url)
        with database.read() as session:
            tenant = find_tenant(session, TENANT)
        database.close()
        assert tenant is not None
        return tenant_secret(self.settings.secret_key.get_secret_value(), tenant.id)

    def submit_training(self, *, webhook_url: str | None = None, **recipe: Any) -> str:
        """A training for a new concept; returns the job's id."""
        concept = self.client.post("/v1/concepts", {"name": "a move"})["id"]
        clips = [{"clip_id": self.clip_id, "caption": "a square moving right"}]
        body = {"concept": concept, "clips": clips, "recipe": {"seed": 1, **recipe}, "webhook_url": webhook_url}
        return self.client.post("/v1/trainings", body)["id"]

    def submit_generation(self, **fields: Any) -> str:
        """A generation with the plain base; returns the job's id."""
        return self.client.post("/v1/generations", {"prompt": "a blue ring", "seed": 1, **fields})["id"]

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as the API returns it."""
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

        wait_until(there, timeout=timeout, what=f"step {step} of {job_id}", longest_pause=0.05)

    def manifest(self, job: dict[str, Any]) -> dict[str, Any]:
        """The manifest that the job's last attempt committed."""
        return json.loads(self.manifests(job)[job["attempt"]])

    def manifests(self, job: dict[str, Any]) -> dict[int, str]:
        """Every manifest of the job, by attempt."""
        store = open_store(self.settings)
        places = [info.key.split("/") for info in store.list("tenants")]
        found = [parts for parts in places if job["id"] in parts and parts[-1] == "manifest.json"]
        return {int(parts[-2].removeprefix("attempt-")): store.read("/".join(parts)).decode() for parts in found}

    def versions(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        """Every version of the job's concept."""
        return self.client.get(f"/v1/concepts/{job['spec']['concept_id']}/versions")["data"]


def run_module(module: str, environment: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`python -m module` in this environment, to its end."""
    argv = [sys.executable, "-m", module, *arguments]
    return subprocess.run(argv, check=False, capture_output=True, text=True, env=environment, timeout=PATIENCE)


def is_ready(url: str) -> bool:
    """Whether an API is ready."""
    try:
        return httpx.get(f"{url}/readyz", trust_env=False, verify=False).status_code == 200
    except httpx.TransportError:
        return False


def _see_end(process: "subprocess.Popen[bytes]", name: str) -> None:
    """Wait for the end of a program after SIGTERM; kill it and its descendants otherwise."""
    try:
        status = process.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    assert status == 0, f"{name} ended with {status} after SIGTERM"


def deployment(folder: Path, base: Path) -> dict[str, Any]:
    """The settings of a deployment below `folder`, without those of its servers."""
    port = free_port()
    return {
        "environment": "production",
        "secret_key": "a secret of the tests",
        "public_url": f"http://127.0.0.1:{port}",
        "http_port": port,
        "work_dir": folder / "work",
        "base_models": {"choreo-world": base},
        "engine_threads": 1,
        "compute_dtype": "float32",
        "webhook_allowed_networks": ["127.0.0.0/8"],
        **FAST,
    }


@contextmanager
def platform(folder: Path, base: Path, clip: Path, places: Mapping[str, Any]) -> Iterator[Platform]:
    """Run the platform below `folder` until the block ends; `places` are settings of its servers."""
    with Redis.from_url(places["broker_url"]) as redis:
        redis.flushall()
    settings = Settings.model_validate(
        {
            **deployment(folder, base),
            "max_attempts": 5,
            **places,
        }
    )
    with ExitStack() as stack:
        one = Platform(settings, folder, environment_of(settings, folder / "secrets"), _stack=stack)
        one.open()
        one.clip_id = one.client.upload(clip)
        yield one


def environment_of(settings: Settings, secrets: Path) -> dict[str, str]:
    """Settings as a deployment passes them: environment variables, and files for secrets."""
    secrets.mkdir()
    given: dict[str, str] = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else _text(value)
        if name in SECRETS:
            (secrets / name).write_text(text + "\n")
            given[f"CHOREO_{name.upper()}_FILE"] = str(secrets / name)
        else:
            given[f"CHOREO_{name.upper()}"] = text
    return dict(os.environ) | given


def _text(value: Any) -> str:
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)
