"""The HTTP service on a loopback port, and methods that act as its workers."""

import hashlib
import ssl
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import uvicorn

from api.main import create_app
from api.server import configure
from services.accounts.service import create_key, create_tenant
from services.db.sessions import Database, open_database
from services.db.tables import ClipRow, ConceptRow
from services.jobs.lifecycle import attempts
from services.jobs.state.types import ClaimedJob, HeartbeatReply, Outcome
from services.storage.factory import open_store
from services.storage.port import ObjectStore
from shared.clock import SystemClock
from shared.ids import new_id
from shared.schemas.common import Scope, StoredFile
from shared.schemas.concept import BaseModelRevision
from shared.schemas.job import JobError, Progress, Usage
from shared.settings import Settings
from shared.sockets import listen
from tests.waiting import wait_until

ALL_SCOPES: tuple[Scope, ...] = ("read", "train", "generate")
BASE = BaseModelRevision(id="choreo-world", revision="r1", content_hash="0" * 64)
DOCUMENT = Path(__file__).parents[1] / "sdk" / "openapi.json"
"""The committed OpenAPI document. Unit tests hold it equal to the served one, which takes a second to generate."""
TRUST = httpx.create_ssl_context(trust_env=False)
"""One for all clients: each would read every root certificate again, 16 ms of processor time."""


@dataclass
class Service:
    """A running service, its database and its storage."""

    settings: Settings
    database: Database
    store: ObjectStore
    stack: ExitStack
    clock: SystemClock = field(default_factory=SystemClock)
    port: int = 0
    trust: ssl.SSLContext = TRUST

    def caller(self, name: str = "acme", scopes: tuple[Scope, ...] = ALL_SCOPES) -> httpx.Client:
        """A client with a key of a new tenant."""
        with self.database.write() as session:
            tenant = create_tenant(session, name, self.clock.now())
        return self.key_of(tenant.id, scopes)

    def key_of(self, tenant_id: str, scopes: tuple[Scope, ...] = ALL_SCOPES) -> httpx.Client:
        """A client with a new key of this tenant."""
        with self.database.write() as session:
            key = create_key(session, tenant_id, "tests", scopes, self.clock.now())
        return self.client({"Authorization": f"Bearer {key.token}"})

    def client(self, headers: dict[str, str] | None = None) -> httpx.Client:
        """A client without a key."""
        client = httpx.Client(
            base_url=self.settings.public_url, headers=headers, timeout=60, trust_env=False, verify=self.trust
        )
        return self.stack.enter_context(client)

    def ready_clip(self, caller: httpx.Client) -> str:
        """The id of a ready clip of the caller, made in the database only."""
        declared = caller.post("/v1/concepts", json={"name": "finds out who calls"}).json()
        with self.database.write() as session:
            concept = session.get(ConceptRow, declared["id"])
            assert concept is not None
            now, id = self.clock.now(), new_id("clip", self.clock)
            session.add(
                ClipRow(
                    id=id,
                    tenant_id=concept.tenant_id,
                    state="ready",
                    file_name="ball.mp4",
                    size_bytes=1,
                    upload_key=f"uploads/{id}",
                    video_key=f"videos/{id}.mp4",
                    created_at=now,
                )
            )
        caller.delete(f"/v1/concepts/{declared['id']}")
        return id

    def train(self, caller: httpx.Client, concept_id: str, adapter: bytes = b"weights") -> dict[str, Any]:
        """Train the concept's next version over HTTP; returns the finished job."""
        clips = [{"clip_id": self.ready_clip(caller), "caption": "a ball orbiting"}]
        job = caller.post("/v1/trainings", json={"concept": concept_id, "clips": clips})
        assert job.status_code == 202, job.text
        self.finish(self.claim("training"), {"adapter.safetensors": adapter, "report.json": b"{}"})
        return caller.get(f"/v1/jobs/{job.json()['id']}").json()

    def claim(self, kind: str = "generation") -> ClaimedJob:
        """Claim a job as a worker does."""
        job = self.claimed_if_any(kind)
        assert job is not None
        return job

    def claimed_if_any(self, kind: str = "generation") -> ClaimedJob | None:
        """Claim a job as a worker does, if one waits."""
        with self.database.write() as session:
            return attempts.claim(session, f"{kind}.choreo-world", "w1", now=self.clock.now(), lease_seconds=60)

    def beat(self, job: ClaimedJob, step: int, num_steps: int = 10) -> HeartbeatReply:
        """Send a heartbeat as a worker does."""
        progress = Progress(fraction=step / num_steps, phase="sampling", step=step, total_steps=num_steps)
        with self.database.write() as session:
            return attempts.beat(
                session, job.id, job.attempt, now=self.clock.now(), lease_seconds=60, progress=progress
            )

    def finish(self, job: ClaimedJob, files: dict[str, bytes], **measured: Any) -> None:
        """Finish as a worker does: files into storage, then the database."""
        artifacts = tuple(self.stored(job.prefix, name, content) for name, content in files.items())
        outcome = Outcome(
            manifest_key=f"{job.prefix}manifest.json",
            artifacts=artifacts,
            base=BASE,
            usage=Usage(gpu_seconds=1.5),
            **measured,
        )
        with self.database.write() as session:
            attempts.finish(session, job.id, job.attempt, outcome, now=self.clock.now())

    def fail(self, job: ClaimedJob, error: JobError) -> None:
        """Fail as a worker does."""
        with self.database.write() as session:
            attempts.fail(session, job.id, job.attempt, error, now=self.clock.now())

    def release(self, job: ClaimedJob) -> None:
        """Release as a worker does that shuts down."""
        with self.database.write() as session:
            attempts.release(session, job.id, job.attempt, now=self.clock.now())

    def stored(self, prefix: str, name: str, content: bytes) -> StoredFile:
        info = self.store.put(prefix + name, content)
        return StoredFile(
            name=name,
            key=info.key,
            size_bytes=info.size,
            sha256=hashlib.sha256(content).hexdigest(),
            content_type=info.content_type,
        )


@contextmanager
def running(database_url: str, folder: Path, **settings: object) -> Generator[Service]:
    """A service on this migrated database, storing below `folder`, until the block ends."""
    with ExitStack() as stack:
        listener = stack.enter_context(listen("127.0.0.1", 0))
        chosen = Settings.model_validate(
            {
                "database_url": database_url,
                "storage_url": f"directory:{folder / 'storage'}",
                "work_dir": folder / "work",
                "public_url": f"http://127.0.0.1:{listener.getsockname()[1]}",
                **settings,
            }
        )
        config = configure(create_app(chosen), max_connections=chosen.max_connections, shutdown_seconds=1)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="tests-uvicorn")
        thread.start()
        stack.callback(thread.join, 30)
        stack.callback(setattr, server, "should_exit", True)
        wait_until(lambda: server.started or not thread.is_alive(), timeout=60, what="the server's start")
        assert server.started
        database = open_database(database_url)
        stack.callback(database.close)
        yield Service(chosen, database, open_store(chosen), stack, port=listener.getsockname()[1])
