"""Trainings over HTTP, for tests of checkpoints and previews."""

import httpx

from services.jobs.files import previews
from services.jobs.lifecycle import attempts
from services.jobs.state.types import Checkpoint, ClaimedJob
from shared.schemas.job import JobError
from tests.service import Service

BAD_CLIP = JobError(code="bad_clip", message="no", retryable=False, fault="user")


def train(service: Service, caller: httpx.Client, **fields: object) -> str:
    """Submits a training and returns the path of the job."""
    concept = caller.post("/v1/concepts", json={"name": "orbit"}).json()["id"]
    clips = [{"clip_id": service.ready_clip(caller), "caption": "a ball orbiting"}]
    body = {"concept": concept, "clips": clips} | fields
    return f"/v1/jobs/{caller.post('/v1/trainings', json=body).json()['id']}"


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def keep(service: Service, job: ClaimedJob, step: int) -> None:
    """Store a checkpoint as a worker does; the previous file is deleted."""
    file = service.stored(f"{job.prefix}checkpoints/{step:06d}/", "state.safetensors", b"state %d" % step)
    with service.database.write() as session:
        checkpoint = Checkpoint(step=step, attempt=job.attempt, files=(file,))
        attempts.beat(session, job.id, job.attempt, now=service.clock.now(), lease_seconds=60, checkpoint=checkpoint)


def show(service: Service, job: ClaimedJob, number: int, step: int, video: bytes = b"moving") -> None:
    """Store a preview as a worker does."""
    file = service.stored(job.previews_prefix, f"{number:04d}.mp4", video)
    settle(service, job, number, step=step, file=file)


def settle(service: Service, job: ClaimedJob, number: int, **made: object) -> None:
    with service.database.write() as session:
        previews.finish(session, job.id, job.attempt, number, now=service.clock.now(), **made)
