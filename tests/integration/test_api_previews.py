"""Previews over HTTP: requested of a running training, rendered by the current attempt, deleted with the job."""

from pathlib import Path

import httpx
import pytest

from services.db.tables import JobRow
from services.jobs.submission import preview_requests
from shared.fault_injection import MODERATION
from tests.integration.training_jobs import BAD_CLIP, refusal, settle, show, train
from tests.service import Service, running
from worker.processes.runtime import Runtime
from worker.sweep import Sweep

PROMPT = "a blue ring orbiting"


def listed(caller: httpx.Client, here: str) -> list[tuple[object, ...]]:
    found = caller.get(here).json()["previews"]
    return [(one["number"], one["state"], one["step"], one["attempt"], one["error"]) for one in found]


def test_a_preview_is_requested_and_shown(service: Service):
    caller = service.caller()
    here = train(service, caller, recipe={"seed": 11}, evaluation_prompts=[PROMPT])
    assert refusal(caller.post(f"{here}/preview")) == (409, "job_not_running")
    claimed = service.claim("training")
    seq = caller.get(here).json()["state_seq"]
    response = caller.post(f"{here}/preview")
    assert response.status_code == 202, response.text
    (pending,) = response.json()["previews"]
    assert (pending["state"], pending["prompt"], pending["seed"], pending["video"]) == ("pending", PROMPT, 11, None)
    caller.post(f"{here}/preview", json={"prompt": "a cup", "seed": 3}).raise_for_status()
    first, second = service.beat(claimed, 1).previews
    assert (first.spec.prompt, second.spec.prompt, second.spec.seed) == (PROMPT, "a cup", 3)
    assert first.spec.scheduler == "ddim"
    assert [warning["pointer"] for warning in caller.get(here).json()["warnings"][-1:]] == ["/previews/1/prompt"]
    show(service, claimed, 2, step=5)
    settle(service, claimed, 1, step=5, error="out of memory")
    assert service.beat(claimed, 2).previews == ()
    assert listed(caller, here) == [(1, "failed", 5, 1, "out of memory"), (2, "ready", 5, 1, None)]
    video = caller.get(here).json()["previews"][1]["video"]
    assert (video["content_type"], service.client().get(video["url"]).content) == ("video/mp4", b"moving")

    reported = [event for event in caller.get("/v1/events").json()["data"] if event["type"] == "training.preview"]
    assert [event["data"]["preview"]["state"] for event in reported] == ["pending", "pending", "ready", "failed"]
    assert reported[2]["data"]["preview"] == {"number": 2, "state": "ready", "step": 5, "prompt": "a cup"}
    assert [event["state_seq"] for event in reported[:2]] == [seq + 1, seq + 2]


def test_what_an_attempt_did_not_get_to_is_the_next_ones(service: Service):
    caller = service.caller()
    here = train(service, caller)
    lost = service.claim("training")
    caller.post(f"{here}/preview"), caller.post(f"{here}/preview"), caller.post(f"{here}/preview")
    show(service, lost, 1, step=5)
    service.release(lost)
    assert [one[1] for one in listed(caller, here)] == ["ready", "pending", "pending"]
    assert refusal(caller.post(f"{here}/preview")) == (409, "job_not_running")
    second = service.claim("training")
    assert [one.number for one in service.beat(second, 1).previews] == [2, 3]
    with pytest.raises(Exception, match="may not add a preview"):
        show(service, lost, 2, step=6)
    show(service, second, 2, step=7, video=b"of the second")
    service.fail(second, BAD_CLIP)
    ends = [(1, "ready", 5, 1, None), (2, "ready", 7, 2, None), (3, "failed", None, None, "the training ended first")]
    assert listed(caller, here) == ends


def test_only_so_many_wait_and_only_so_many_are_made(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch):
    service, caller = sqlite_service, sqlite_service.caller()
    here = train(service, caller)
    claimed = service.claim("training")
    for _ in range(preview_requests.MAX_PENDING):
        caller.post(f"{here}/preview").raise_for_status()
    assert refusal(caller.post(f"{here}/preview")) == (409, "too_many_previews")
    show(service, claimed, 1, step=2)
    monkeypatch.setattr(preview_requests, "MAX_PREVIEWS", preview_requests.MAX_PENDING)
    assert refusal(caller.post(f"{here}/preview")) == (409, "too_many_previews")
    wrong = caller.post(f"{here}/preview", json={"prompt": " ", "sed": 1})
    assert {field["pointer"] for field in wrong.json()["errors"]} == {"/prompt", "/sed"}


def test_its_prompt_is_moderated_and_a_repeated_request_is_replayed(sqlite_url: str, tmp_path: Path):
    with running(sqlite_url, tmp_path, fault_injection=True) as service:
        caller, key = service.caller(), {"Idempotency-Key": "look"}
        here = train(service, caller)
        service.claim("training")
        refused = caller.post(f"{here}/preview", json={"prompt": MODERATION}, headers=key)
        assert refusal(refused) == (422, "moderation_refused")
        assert refused.json()["errors"][0]["pointer"] == "/prompt"
        first, again = (caller.post(f"{here}/preview", headers=key) for _ in range(2))
        assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
        assert len(caller.get(here).json()["previews"]) == 1


def test_a_base_without_a_trial_has_defaults_too(sqlite_service: Service):
    service, caller = sqlite_service, sqlite_service.caller()
    here = train(service, caller, evaluate=False)
    service.claim("training")
    (pending,) = caller.post(f"{here}/preview").json()["previews"]
    assert pending["prompt"] == "a ball orbiting"


@pytest.mark.parametrize("ends", ["with a version", "without"])
def test_previews_go_with_the_job(service: Service, ends: str):
    caller = service.caller()
    here = train(service, caller)
    claimed = service.claim("training")
    caller.post(f"{here}/preview")
    show(service, claimed, 1, step=5)
    assert caller.get("/v1/usage").json()["storage"]["previews_bytes"] == len(b"moving")
    if ends == "without":
        service.fail(claimed, BAD_CLIP)
    else:
        service.finish(claimed, {"adapter.safetensors": b"w", "report.json": b"{}"})
    video = caller.get(here).json()["previews"][0]["video"]["url"]
    caller.delete(here).raise_for_status()
    while Sweep(Runtime(service.settings, service.database, service.clock)).run_deletions():
        pass
    assert service.client().get(video).status_code == 404
    (proof,) = caller.get("/v1/deletions", params={"subject": claimed.id}).json()["data"]
    assert (proof["num_objects"], proof["num_bytes"]) == (1, len(b"moving"))
    assert caller.get("/v1/usage").json()["storage"]["previews_bytes"] == 0
    left = [info.key for info in service.store.list("tenants") if claimed.id in info.key]
    assert len(left) == (0 if ends == "without" else 2)
    with service.database.read() as session:
        assert session.get(JobRow, claimed.id).previews == []
