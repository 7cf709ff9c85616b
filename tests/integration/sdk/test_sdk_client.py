"""The client against the real service: the calls of a product backend, and its errors."""

from itertools import islice
from pathlib import Path
from threading import Thread

import anyio
import pytest

from choreo import (
    AsyncChoreo,
    Choreo,
    ClipRejected,
    Conflict,
    Forbidden,
    Invalid,
    JobCanceled,
    JobFailed,
    NotFound,
    PreviewFailed,
    Recipe,
    StillRunning,
    TransferFailed,
    Unauthorized,
)
from choreo.generated.api.concepts import create_concept
from choreo.generated.models import ConceptCreate, EvaluationRequest, GenerationJob, GenerationRequest
from shared.schemas.job import JobError
from tests.integration.sdk.conftest import HASTY, Tenant
from tests.integration.training_jobs import keep, settle, show
from tests.service import Service

NOBODYS = "con_01KAPZ6V3W8Q0M4N5R6S7T8V9X"
BROKEN = JobError(code="engine_lost", message="the engine ended", retryable=False, fault="service")


def test_a_clip_is_uploaded_examined_and_deleted(choreo: Choreo, clip: Path):
    made = choreo.clips.upload(clip)
    assert (made.state, made.num_frames, made.size_bytes) == ("ready", 16, clip.stat().st_size)
    assert [one.id for one in choreo.clips.list()] == [made.id]
    choreo.clips.delete(made.id)
    with pytest.raises(NotFound):
        choreo.clips.get(made.id)


def test_the_same_upload_under_one_key_is_one_clip(choreo: Choreo, clip: Path):
    first = choreo.clips.upload(clip, idempotency_key="clip-17")
    assert choreo.clips.upload(clip, idempotency_key="clip-17").id == first.id


def test_what_is_no_video_is_rejected_with_the_reason(choreo: Choreo, tmp_path: Path):
    (tmp_path / "clip.mp4").write_text("not a video")
    with pytest.raises(ClipRejected, match=r"clip\.mp4: ") as caught:
        choreo.clips.upload(tmp_path / "clip.mp4")
    assert caught.value.code == "not_a_video"


def test_a_concept_learns_a_version_and_gets_an_alias(service: Service, choreo: Choreo, tmp_path: Path):
    concept = choreo.concepts.create("orbiting", metadata={"team": "blue"})
    caller = service.client({"Authorization": f"Bearer {choreo.config.api_key}"})
    training = choreo.trainings.create(concept.id, [(service.ready_clip(caller), "a ball")], recipe=Recipe(seed=5))
    made = {"adapter.safetensors": b"w", "adapter_config.json": b"{}", "report.json": b"{}"}
    service.finish(service.claim("training"), made)
    job = training.wait(timeout=30)
    assert (training.concept, job.spec.recipe.seed) == (f"{concept.id}@1", 5)
    assert training.version().adapter.name == "adapter.safetensors"
    folder = tmp_path / "version"
    assert choreo.concepts.download(concept.id, 1, folder) == folder
    assert (folder / "adapter_model.safetensors").read_bytes() == b"w"
    assert (folder / "adapter_config.json").read_bytes() == b"{}"
    assert choreo.concepts.set_alias(concept.id, "prod", 1).version == 1
    with pytest.raises(Conflict) as caught:
        choreo.concepts.set_alias(concept.id, "prod", 1, expected_version=None)
    assert caught.value.code == "alias_moved"
    assert choreo.concepts.update(concept.id, name="circling").metadata["team"] == "blue"
    assert [one.version for one in choreo.concepts.versions(concept.id)] == [1]


def test_waiting_shows_each_change_and_the_video_arrives_whole(service: Service, choreo: Choreo, tmp_path: Path):
    generation = choreo.generations.create("a ball", seed=3)
    claimed = service.claim()
    service.beat(claimed, 4)
    finishing = Thread(target=service.finish, args=(claimed, {"video.mp4": b"moving"}))
    seen: list[tuple[str, float | None]] = []

    def show(job: GenerationJob) -> None:
        seen.append((job.state, job.progress.fraction or 0.0))
        if len(seen) == 1:
            finishing.start()

    generation.wait(show, timeout=30)
    finishing.join()
    assert (seen[0], seen[-1][0]) == (("queued", 0.0), "succeeded")
    assert generation.download(tmp_path / "new" / "video.mp4").read_bytes() == b"moving"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["video.mp4"]


def test_a_dry_run_makes_nothing(choreo: Choreo):
    estimate = choreo.generations.estimate(GenerationRequest(prompt="a ball", seed=4))
    assert (estimate.kind, estimate.spec.seed, estimate.num_past_jobs) == ("generation", 4, estimate.num_past_jobs)
    assert list(choreo.jobs.list()) == []
    with pytest.raises(Invalid):
        choreo.generations.estimate(GenerationRequest(prompt="a ball", num_frames=10_000))


def test_a_running_training_shows_saves_and_is_promoted(service: Service, choreo: Choreo, tmp_path: Path):
    caller = service.client({"Authorization": f"Bearer {choreo.config.api_key}"})
    concept = choreo.concepts.create("orbiting")
    training = choreo.trainings.create(concept.id, [(service.ready_clip(caller), "a ball")])
    claimed = service.claim("training")
    assert training.checkpoint().checkpoint is None
    with pytest.raises(Conflict, match="no_checkpoint"):
        training.promote()
    first, second = training.preview("a cup", seed=3), training.preview()
    assert [(one.number, one.prompt, one.state) for one in (first, second)] == [
        (1, "a cup", "pending"),
        (2, "a ball", "pending"),
    ]
    with pytest.raises(StillRunning):
        training.shown(1, timeout=0)
    show(service, claimed, 1, step=5)
    settle(service, claimed, 2, step=5, error="too large")
    assert training.download_preview(1, tmp_path / "cup.mp4").read_bytes() == b"moving"
    with pytest.raises(PreviewFailed, match="preview 2: too large"):
        training.download_preview(2, tmp_path / "ball.mp4")
    keep(service, claimed, step=7)
    promoted = training.promote(step=7)
    assert (promoted.job.retry_of, promoted.job.promoted_step) == (training.id, 7)
    assert training.promote().id == promoted.id
    service.finish(service.claim("training"), {"adapter.safetensors": b"w", "report.json": b"{}"})
    assert promoted.wait(timeout=30).result.version == 1
    estimate = choreo.evaluations.estimate(EvaluationRequest(concept=f"{concept.id}@1", seeds=[1, 2]))
    assert (estimate.kind, estimate.spec.seeds, estimate.spec.prompts) == ("evaluation", [1, 2], ["a ball"])


def test_webhook_endpoints_are_registered_tested_and_forgotten(choreo: Choreo):
    made = choreo.webhook_endpoints.create("https://example.com/hook", event_types=["training.*"])
    assert made.secret.startswith("whsec_")
    assert choreo.webhook_endpoints.rotate_secret(made.id).secret != made.secret
    assert choreo.webhook_endpoints.update(made.id, enabled=False).disabled_reason == "by_request"
    with pytest.raises(Conflict):
        choreo.webhook_endpoints.test(made.id)
    choreo.webhook_endpoints.update(made.id, enabled=True)
    sent = choreo.webhook_endpoints.test(made.id)
    assert [one.id for one in choreo.webhook_endpoints.deliveries(endpoint=made.id)] == [sent.id]
    assert choreo.webhook_endpoints.delivery(sent.id).type_ == "webhook.test"
    choreo.webhook_endpoints.delete(made.id)
    assert list(choreo.webhook_endpoints.list()) == []


def test_a_changed_artifact_is_not_kept(service: Service, choreo: Choreo, tmp_path: Path):
    generation = choreo.generations.create("a ball")
    claimed = service.claim()
    service.finish(claimed, {"video.mp4": b"moving"})
    service.store.put(f"{claimed.prefix}video.mp4", b"tampered")
    with pytest.raises(TransferFailed, match="SHA-256"):
        generation.download(tmp_path / "video.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_fails_says_why_and_is_retried(service: Service, choreo: Choreo):
    generation = choreo.generations.create("a ball")
    service.fail(service.claim(), BROKEN)
    with pytest.raises(JobFailed, match=r"the engine ended \(engine_lost, the service's fault\)"):
        generation.wait(timeout=30)
    again = choreo.jobs.retry(generation.id)
    assert again.job.retry_of == generation.id
    again.cancel()
    with pytest.raises(JobCanceled):
        again.wait(timeout=30)


def test_patience_ends(choreo: Choreo):
    generation = choreo.generations.create("a ball")
    with pytest.raises(StillRunning, match=r"is queued after 0\.3 s"):
        generation.wait(timeout=0.3)
    assert generation.cancel().state == "canceled"


def test_a_stream_tells_everything_until_the_end(service: Service, choreo: Choreo):
    generation = choreo.generations.create("a ball")
    events = generation.stream()
    received = [next(events)]
    claimed = service.claim()
    service.beat(claimed, 1)
    service.finish(claimed, {"video.mp4": b"v"})
    received += events
    names = [event.type_.removeprefix("generation.") for event in received]
    assert names == ["queued", "running", "progress", "succeeded"]
    assert [event.state_seq for event in received] == [1, 2, 3, 4]
    assert [event.state_seq for event in generation.stream(after=3)] == [4]
    assert list(generation.stream(after=4)) == []
    assert {event.type_ for event in choreo.events()} == {event.type_ for event in received}


def test_lists_turn_their_pages(choreo: Choreo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("choreo._sync.concepts.PAGE", 2)
    made = [choreo.concepts.create(f"concept {number}").id for number in range(5)]
    assert [one.id for one in choreo.concepts.list()] == made[::-1]
    assert [one.id for one in islice(choreo.concepts.list(), 3)] == made[:-4:-1]


def test_each_post_has_its_own_idempotency_key_unless_one_is_given(choreo: Choreo):
    assert choreo.concepts.create("twice").id != choreo.concepts.create("twice").id
    once = {choreo.concepts.create("once", idempotency_key="order-17").id for _ in range(2)}
    assert len(once) == 1
    with pytest.raises(Invalid) as caught:
        choreo.concepts.create("other", idempotency_key="order-17")
    assert caught.value.code == "idempotency_mismatch"


def test_problems_are_typed(service: Service, choreo: Choreo):
    with pytest.raises(Invalid) as caught:
        choreo.generations.create("a ball", steps=0)
    assert [field.pointer for field in caught.value.fields] == ["/steps"]
    assert caught.value.request_id.startswith("req_")
    with pytest.raises(NotFound):
        choreo.concepts.get(NOBODYS)
    with Choreo(service.settings.public_url, "chk_wrong") as stranger, pytest.raises(Unauthorized):
        stranger.base_models()


def test_a_key_that_only_reads_may_not_generate(service: Service):
    key = service.caller(scopes=("read",)).headers["Authorization"].removeprefix("Bearer ")
    with Choreo(service.settings.public_url, key) as reader, pytest.raises(Forbidden):
        reader.generations.create("a ball")


def test_generated_calls_get_the_same_care(choreo: Choreo):
    with pytest.raises(Invalid):
        create_concept.sync(client=choreo.client, body=ConceptCreate(name=""))


def test_asynchronously(service: Service, tenant: Tenant, clip: Path, tmp_path: Path):
    async def story() -> None:
        async with AsyncChoreo(service.settings.public_url, tenant.api_key, retries=HASTY) as client:
            assert (await client.clips.upload(clip)).state == "ready"
            generation = await client.generations.create("a ball")
            service.finish(service.claim(), {"video.mp4": b"moving"})
            assert [event.state_seq async for event in generation.stream()] == [1, 2, 3]
            assert (await generation.download(tmp_path / "video.mp4")).read_bytes() == b"moving"
            assert [job.id async for job in client.jobs.list(kind="generation")] == [generation.id]
            with pytest.raises(NotFound):
                await client.jobs.get("job_none")

    anyio.run(story)
