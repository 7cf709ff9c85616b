"""Test data in a database: a tenant with a concept and a clip, a frozen clock, and short methods for jobs."""

from collections.abc import Collection, Sequence
from typing import Any

from services.accounts.service import create_tenant
from services.concepts import service as concepts
from services.db.sessions import Database
from services.db.tables import ClipRow, JobRow
from services.jobs.lifecycle import attempts, cancellation, reaping
from services.jobs.scheduling.backoff import Backoff
from services.jobs.state import events, repository
from services.jobs.state.types import ClaimedJob, HeartbeatReply, Outcome, Reaped
from services.jobs.submission.submit import retry, submit
from services.jobs.views import Links, resource
from shared.base_models import BaseModelInfo
from shared.clock import FrozenClock
from shared.families import Bounds, Limits
from shared.ids import new_id
from shared.schemas.common import StoredFile
from shared.schemas.concept import BaseModelRevision, ConceptCreate
from shared.schemas.evaluation import EvaluationRequest
from shared.schemas.event import Event
from shared.schemas.generation import GenerationRequest
from shared.schemas.job import Job, JobError, Usage
from shared.schemas.training import TrainingClip, TrainingRequest

BASE = "tiny"
TRAININGS = f"training.{BASE}"
GENERATIONS = f"generation.{BASE}"
EVALUATIONS = f"evaluation.{BASE}"
MADE = {
    "training": ("adapter.safetensors",),
    "generation": ("video.mp4",),
    "evaluation": ("previews/prompt-01.mp4", "report.json"),
}
LEASE = 60.0
CRASH = JobError(code="engine_died", message="the engine died", retryable=True, fault="service")
BAD_CLIP = JobError(code="bad_clip", message="nothing moves", retryable=False, fault="user")
LINKS = Links("http://choreo.test/", lambda key: f"http://storage.test/{key}")


def base_model(**changes: Any) -> BaseModelInfo:
    limits = Limits(frames=Bounds(8, 16, 8), size=Bounds(64, 64, 8))
    sizes = {"num_frames": 16, "height": 64, "width": 64}
    values: dict[str, Any] = {
        "id": BASE,
        "path": "/nowhere",
        "limits": limits,
        "training_defaults": sizes | {"rank": 4, "steps": 20},
        "generation_defaults": sizes,
    }
    return BaseModelInfo.model_validate(values | changes)


class JobSetup:
    """The database, the clock and one tenant of many."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.clock = FrozenClock()
        self.backoff = Backoff(first_seconds=0)
        self.catalogue = {BASE: base_model()}
        self.tenant = self.new_tenant("first")
        self.concept = self.new_concept(self.tenant)
        self.clip = self.new_clip(self.tenant)

    def later(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def new_tenant(self, name: str) -> str:
        with self.db.write() as session:
            return create_tenant(session, name, self.clock.now()).id

    def new_concept(self, tenant: str) -> str:
        with self.db.write() as session:
            return concepts.create(session, tenant, ConceptCreate(name="orbit"), self.clock.now()).id

    def new_clip(self, tenant: str, state: str = "ready") -> str:
        clip = new_id("clip", self.clock)
        with self.db.write() as session:
            session.add(
                ClipRow(
                    id=clip,
                    tenant_id=tenant,
                    state=state,
                    file_name="orbit.mp4",
                    size_bytes=1000,
                    sha256="0" * 64,
                    upload_key=f"{clip}/upload",
                    video_key=f"{clip}/video.mp4",
                    created_at=self.clock.now(),
                )
            )
        return clip

    # ------------------------------------------------------------ asking

    def train(self, **fields: Any) -> JobRow:
        clips = [TrainingClip(clip_id=self.clip, caption="a red circle orbiting on a navy background")]
        request = TrainingRequest.model_validate({"concept": self.concept, "clips": clips} | fields)
        with self.db.write() as session:
            return submit(session, self.tenant, request, self.catalogue, now=self.clock.now())

    def generate(self, tenant: str | None = None, **fields: Any) -> JobRow:
        request = GenerationRequest.model_validate({"prompt": "a blue ring orbiting"} | fields)
        with self.db.write() as session:
            return submit(session, tenant or self.tenant, request, self.catalogue, now=self.clock.now())

    def evaluate(self, concept: str, **fields: Any) -> JobRow:
        request = EvaluationRequest.model_validate({"concept": concept} | fields)
        with self.db.write() as session:
            return submit(session, self.tenant, request, self.catalogue, now=self.clock.now())

    def cancel(self, job_id: str) -> JobRow:
        with self.db.write() as session:
            return cancellation.cancel(session, self.tenant, job_id, now=self.clock.now())

    def retry(self, job_id: str) -> JobRow:
        with self.db.write() as session:
            return retry(session, self.tenant, job_id, now=self.clock.now())

    # ------------------------------------------------------------ working

    def claim(
        self, queue: str = GENERATIONS, cached: Collection[str] = (), worker: str = "worker-1"
    ) -> ClaimedJob | None:
        with self.db.write() as session:
            return attempts.claim(session, queue, worker, now=self.clock.now(), lease_seconds=LEASE, cached=cached)

    def claimed(self, queue: str = GENERATIONS, cached: Collection[str] = ()) -> ClaimedJob:
        job = self.claim(queue, cached)
        assert job is not None
        return job

    def beat(self, job: ClaimedJob, **fields: Any) -> HeartbeatReply:
        with self.db.write() as session:
            return attempts.beat(session, job.id, job.attempt, now=self.clock.now(), lease_seconds=LEASE, **fields)

    def finish(self, job: ClaimedJob, *names: str, **fields: Any) -> JobRow:
        made = names or MADE[job.kind]
        with self.db.write() as session:
            return attempts.finish(session, job.id, job.attempt, outcome(job, made, **fields), now=self.clock.now())

    def fail(self, job: ClaimedJob, error: JobError, **more: Any) -> JobRow:
        with self.db.write() as session:
            more = {"backoff": self.backoff} | more
            return attempts.fail(session, job.id, job.attempt, error, now=self.clock.now(), **more)

    def release(self, job: ClaimedJob) -> JobRow:
        with self.db.write() as session:
            return attempts.release(session, job.id, job.attempt, now=self.clock.now())

    def confirm_canceled(self, job: ClaimedJob) -> JobRow:
        with self.db.write() as session:
            return attempts.confirm_canceled(session, job.id, job.attempt, now=self.clock.now())

    def reap(self, max_attempts: int = 3) -> Reaped:
        with self.db.write() as session:
            return reaping.reap(session, now=self.clock.now(), max_attempts=max_attempts, backoff=self.backoff)

    def version(self) -> str:
        """Train the concept to the end; returns the reference of the new version."""
        self.train()
        row = self.finish(self.claimed(TRAININGS))
        assert row.result is not None
        return f"{self.concept}@{row.result['version']}"

    # ------------------------------------------------------------ looking

    def resource(self, job_id: str, tenant: str | None = None) -> Job:
        with self.db.read() as session:
            return resource(session, repository.get(session, tenant or self.tenant, job_id), LINKS)

    def events(self, job_id: str) -> Sequence[Event]:
        with self.db.read() as session:
            return events.job_events(session, repository.get(session, self.tenant, job_id), 0, 1000)

    def tenant_events(self, tenant: str | None = None) -> Sequence[Event]:
        with self.db.read() as session:
            return events.tenant_events(session, tenant or self.tenant, 0, 1000)


def outcome(job: ClaimedJob, names: Sequence[str], **fields: Any) -> Outcome:
    files = tuple(
        StoredFile(name=name, key=job.prefix + name, size_bytes=1, sha256="1" * 64, content_type="x/y")
        for name in names
    )
    values: dict[str, Any] = {
        "manifest_key": f"{job.job_prefix}manifest.json",
        "artifacts": files,
        "base": BaseModelRevision(id=BASE, revision="r1", content_hash="h1"),
        "usage": Usage(gpu_seconds=2.0, peak_memory_bytes=100),
    }
    return Outcome(**(values | fields))
