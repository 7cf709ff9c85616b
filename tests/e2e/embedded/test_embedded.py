"""From a clip to a generated video over HTTP, on the embedded service with a tiny base model."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from deploy.demo.webhook_receiver import WebhookReceiver
from deploy.embedded.credentials import Credentials
from tests.api_client import ApiClient
from tests.e2e.embedded.stack import PATIENCE, EmbeddedStack
from tests.e2e.platform import ENDLESS
from tests.videos import read_frames
from tests.waiting import wait_until

SUBJECT = "a blue ring moving right"
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def folder(stack: EmbeddedStack) -> Path:
    """The stack's data."""
    return stack.folder


@pytest.fixture(scope="module")
def client(credentials: Credentials, stack: EmbeddedStack) -> Iterator[ApiClient]:
    with stack.client() as client:
        yield client


@pytest.fixture(scope="module")
def receiver(credentials: Credentials) -> Iterator[WebhookReceiver]:
    with WebhookReceiver(credentials.webhook_secret) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def training(client: ApiClient, receiver: WebhookReceiver, clip: Path) -> dict[str, Any]:
    """A training that succeeded."""
    concept = client.post("/v1/concepts", {"name": "rightwards"})
    body = {
        "concept": concept["id"],
        "clips": [{"clip_id": client.upload(clip), "caption": "a square moving right"}],
        "recipe": {"seed": 5},
        "webhook_url": receiver.url,
    }
    return client.follow(client.post("/v1/trainings", body)["id"], timeout=PATIENCE)


def _generate(client: ApiClient, reference: str | None, **fields: Any) -> dict[str, Any]:
    body = {"prompt": SUBJECT, "concept": reference, "seed": 3, **fields}
    return client.follow(client.post("/v1/generations", body)["id"], timeout=PATIENCE)


def _download(url: str, path: Path) -> Path:
    path.write_bytes(httpx.get(url).raise_for_status().content)
    return path


def _manifest(folder: Path, job: dict[str, Any]) -> dict[str, Any]:
    (path,) = (folder / "storage").rglob(f"{job['id']}/attempt-*/manifest.json")
    return json.loads(path.read_text())


def test_a_training_makes_a_version(client: ApiClient, training: dict[str, Any]):
    made = training["result"]
    version = client.get(f"/v1/concepts/{made['concept_id']}/versions/{made['version']}")
    assert (version["version"], version["job_id"], version["seed"]) == (1, training["id"], 5)
    assert version["adapter"]["name"] == "adapter.safetensors"
    assert version["base_model"]["revision"] == "tiny"
    assert len(version["base_model"]["content_hash"]) == 64
    assert version["metrics"].keys() >= {"final_loss", "motion_fidelity", "temporal_consistency"}
    assert [preview["name"] for preview in version["previews"]] == ["previews/prompt-01.mp4"]
    adapter = httpx.get(version["adapter"]["url"])
    assert (adapter.status_code, len(adapter.content)) == (200, version["adapter"]["size_bytes"])


def test_the_manifest_lists_every_file_the_spec_and_the_versions(folder: Path, training: dict[str, Any]):
    manifest = _manifest(folder, training)
    assert set(manifest["files"]) == {artifact["name"] for artifact in training["result"]["artifacts"]}
    assert manifest["spec"] == training["spec"]
    assert manifest["versions"]["torch"]


def test_a_version_is_evaluated_by_the_engine_that_trains(
    client: ApiClient, folder: Path, training: dict[str, Any], tmp_path: Path
):
    made = training["result"]
    body = {"concept": f"{made['concept_id']}@{made['version']}", "prompts": [SUBJECT, "a cup"], "seeds": [1]}
    job = client.follow(client.post("/v1/evaluations", body)["id"], timeout=PATIENCE)
    assert job["result"]["metrics"].keys() == {"temporal_consistency", "diversity", "leakage", "motion_fidelity"}
    assert job["result"]["not_measured"] == {"text_alignment": "no CLIP is configured"}
    preview = _download(job["result"]["previews"][1]["url"], tmp_path / "preview.mp4")
    with av.open(str(preview)) as video:
        claim = json.loads(video.metadata["comment"])
    assert (claim["job_id"], claim["concept"]) == (job["id"], body["concept"])
    assert _manifest(folder, job)["facts"]["engine_pid"] == _manifest(folder, training)["facts"]["engine_pid"]


def test_the_webhook_arrives_signed(receiver: WebhookReceiver, training: dict[str, Any]):
    delivery = receiver.wait_for_job(training["id"], "training.succeeded", timeout=PATIENCE)
    assert delivery
    assert delivery.body["data"]["state_seq"] == training["state_seq"]
    assert all(one.verified for one in receiver.deliveries)


def test_the_event_stream_has_every_event_and_resumes(credentials: Credentials, training: dict[str, Any]):
    seen = _events(credentials, training["id"])
    assert [seq for seq, _ in seen] == list(range(1, training["state_seq"] + 1))
    assert [kind for _, kind in seen if not kind.endswith("progress")] == [
        "training.queued",
        "training.running",
        "training.succeeded",
    ]
    assert _events(credentials, training["id"], after=seen[-2][0]) == seen[-1:]


def _events(credentials: Credentials, job_id: str, after: int = 0) -> list[tuple[int, str]]:
    """(state_seq, type) of a finished job's event stream, which ends with the job."""
    headers = {"authorization": f"Bearer {credentials.api_key}"} | ({"last-event-id": str(after)} if after else {})
    with httpx.stream(
        "GET", f"{credentials.base_url}/v1/jobs/{job_id}/events", headers=headers, timeout=PATIENCE
    ) as stream:
        fields = [line.partition(": ") for line in stream.iter_lines() if line]
    ids = [int(value) for name, _, value in fields if name == "id"]
    kinds = [value for name, _, value in fields if name == "event"]
    return list(zip(ids, kinds, strict=True))


def test_a_concept_is_generated_and_downloaded(client: ApiClient, training: dict[str, Any], tmp_path: Path):
    job = _generate(client, f"{training['result']['concept_id']}@1", highway={"mode": "full"})
    assert job["spec"]["concept"]["version"] == 1
    frames = read_frames(_download(job["result"]["video"]["url"], tmp_path / "video.mp4"))
    assert (len(frames), frames[0].shape) == (4, (32, 32, 3))


def test_the_engine_keeps_the_base_model_loaded_between_jobs(client: ApiClient, folder: Path, training: dict[str, Any]):
    """The engine counts one load of the base model, whatever the adapter."""
    base_only, adapted, again = (
        _manifest(folder, _generate(client, reference))["facts"]
        for reference in (None, training["result"]["concept_id"], training["result"]["concept_id"])
    )
    assert base_only["engine_pid"] == adapted["engine_pid"] == again["engine_pid"]
    assert [facts["base_loads"] for facts in (base_only, adapted, again)] == [1, 1, 1]
    assert again["adapter_loads"] == adapted["adapter_loads"]


def test_a_generation_does_not_wait_for_a_training(client: ApiClient, clip: Path):
    concept = client.post("/v1/concepts", {"name": "slow"})["id"]
    clips = [{"clip_id": client.upload(clip), "caption": "a square moving right"}]
    slow = client.post("/v1/trainings", {"concept": concept, "clips": clips, "recipe": ENDLESS})
    wait_until(lambda: client.get(f"/v1/jobs/{slow['id']}")["state"] == "running", timeout=PATIENCE)
    assert _generate(client, None)["state"] == "succeeded"
    client.post(f"/v1/jobs/{slow['id']}/cancel", {})
    wait_until(lambda: client.get(f"/v1/jobs/{slow['id']}")["state"] == "canceled", timeout=PATIENCE)


def _preview_provenance(client: ApiClient, here: str, path: Path) -> dict[str, Any]:
    """The provenance in the video of a training's next preview."""
    client.post(f"{here}/preview", {"prompt": SUBJECT})

    def ready() -> dict[str, Any] | None:
        (preview,) = client.get(here)["previews"]
        return preview if preview["state"] == "ready" else None

    preview = wait_until(ready, timeout=PATIENCE, what="the preview")
    assert len(read_frames(_download(preview["video"]["url"], path))) == 4
    with av.open(str(path)) as video:
        claim = json.loads(video.metadata["comment"])
    assert (claim["job_id"], claim["step"]) == (here.rpartition("/")[2], preview["step"])
    return claim


def test_a_checkpoint_on_request_becomes_a_version(client: ApiClient, clip: Path, tmp_path: Path):
    concept = client.post("/v1/concepts", {"name": "stopped early"})["id"]
    clips = [{"clip_id": client.upload(clip), "caption": "a square moving right"}]
    here = f"/v1/jobs/{client.post('/v1/trainings', {'concept': concept, 'clips': clips, 'recipe': ENDLESS})['id']}"
    wait_until(lambda: client.get(here)["progress"]["step"] >= 2, timeout=PATIENCE, what="the second step")
    assert client.get(here)["checkpoint"] is None
    client.post(f"{here}/checkpoint", {})
    step = wait_until(lambda: client.get(here)["checkpoint"], timeout=PATIENCE, what="the checkpoint")["step"]
    made = client.post(f"{here}/promote", {})["id"]
    shown = _preview_provenance(client, here, tmp_path / "preview.mp4")
    assert (shown["concept"], shown["step"] > step) == (concept, True)
    client.post(f"{here}/cancel", {})
    wait_until(lambda: client.get(here)["state"] == "canceled", timeout=PATIENCE, what="the end")
    promoted = client.follow(made, timeout=PATIENCE)
    assert (promoted["state"], promoted["result"]["version"]) == ("succeeded", 1)
    assert (promoted["spec"]["recipe"]["steps"], promoted["attempts"][0]["resumed_from_step"]) == (step, step)
    assert _generate(client, concept)["state"] == "succeeded"
    lines = [line["message"] for line in client.get(f"{here}/logs?limit=100")["data"]]
    assert lines[0] == "attempt 1 started"
    assert f"stored the checkpoint of step {step}" in lines
    points = client.get(f"{here}/metrics")["points"]
    losses = [point["loss"] for point in points if point["phase"] == "training"]
    assert losses
    assert all(loss > 0 for loss in losses)


def test_the_folder_is_private_to_its_user(credentials: Credentials, folder: Path):
    assert credentials.api_key
    assert [path.name for path in (folder, *folder.iterdir()) if path.stat().st_mode & 0o077] == []


def test_a_second_service_on_the_folder_is_refused(credentials: Credentials, folder: Path):
    argv = [sys.executable, "-m", "deploy.embedded", "--data-dir", str(folder)]
    second = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert "already running" in second.stderr
    assert credentials.base_url in second.stderr
    assert len(second.stderr.splitlines()) == 1
