"""Jobs over HTTP: from the request to the result, with a stand-in for the worker."""

import httpx

from services.jobs.state import logs
from services.jobs.state.logs import LogEntry, MetricSample
from shared.schemas.job import JobError
from tests.service import Service

BALL = {"prompt": "a red ball moving left", "seed": 7}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def generate(caller: httpx.Client, **fields: object) -> dict:
    """Submits a generation and returns the job."""
    response = caller.post("/v1/generations", json=BALL | fields)
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/jobs/{response.json()['id']}"
    return response.json()


def test_a_generation_from_request_to_video(service: Service):
    caller = service.caller()
    job = generate(caller, metadata={"order": "1"})
    assert (job["kind"], job["state"], job["state_seq"], job["queue_position"]) == ("generation", "queued", 1, 0)
    assert job["spec"]["seed"] == 7
    assert all(job["spec"][name] for name in ("base_model", "num_frames", "height", "width", "steps"))

    claimed = service.claim()
    service.beat(claimed, step=5)
    running = caller.get(job["urls"]["self"]).json()
    assert (running["state"], running["attempt"], running["progress"]["step"]) == ("running", 1, 5)

    service.finish(claimed, {"video.mp4": b"a video"})
    done = caller.get(f"/v1/jobs/{job['id']}").json()
    assert (done["state"], done["metadata"], done["usage"]["gpu_seconds"]) == ("succeeded", {"order": "1"}, 1.5)
    assert done["state_seq"] > running["state_seq"] > job["state_seq"]
    video = service.client().get(done["result"]["video"]["url"])
    assert (video.content, video.headers["content-type"]) == (b"a video", "video/mp4")


def test_a_prompt_outside_the_vocabulary_gives_a_warning(service: Service):
    caller = service.caller()
    (base,) = caller.get("/v1/base-models").json()["data"]
    assert base["vocabulary"]["terms"]["shape"] == ["circle", "square", "triangle", "diamond", "cross", "ring"]
    known = base["vocabulary"]["grammar"].format(
        **{name: words[-1] for name, words in base["vocabulary"]["terms"].items()}
    )
    assert generate(caller, prompt=known)["warnings"] == []
    job = generate(caller, prompt="a red ball moving left")
    assert [(one["code"], one["pointer"]) for one in job["warnings"]] == [("prompt_outside_vocabulary", "/prompt")]
    assert caller.get(job["urls"]["self"]).json()["warnings"] == job["warnings"]
    dry_run = caller.post("/v1/generations?dry_run=true", json={"prompt": "a red ball moving left"}).json()
    assert dry_run["warnings"] == job["warnings"]


def test_jobs_are_listed_by_what_they_are(service: Service):
    caller = service.caller()
    first, second, third = (generate(caller)["id"] for _ in range(3))
    caller.post(f"/v1/jobs/{second}/cancel")

    def ids(**query: str) -> list[str]:
        return sorted(job["id"] for job in caller.get("/v1/jobs", params=query).json()["data"])

    assert ids() == sorted([first, second, third])
    assert ids(state="canceled") == [second]
    assert ids(kind="training") == []
    made = caller.get(f"/v1/jobs/{second}").json()["created_at"]
    assert second in ids(created_after=made)
    assert second not in ids(created_before=made)


def test_pages_cover_everything_once(service: Service):
    caller, other = service.caller(), service.caller("other")
    made = {generate(caller)["id"] for _ in range(5)}
    generate(other)
    seen: list[str] = []
    cursor, more = None, True
    while more:
        page = caller.get("/v1/jobs", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [job["id"] for job in page["data"]]
        cursor, more = page["next_cursor"], page["has_more"]
        assert (cursor is None) == (not more)
    assert sorted(seen) == sorted(made)
    assert seen == sorted(seen, reverse=True) or len({job[:14] for job in seen}) < len(seen)


def test_a_cursor_is_no_use_to_others_or_with_other_filters(service: Service):
    caller, other = service.caller(), service.caller("other")
    generate(caller), generate(caller)
    cursor = caller.get("/v1/jobs?limit=1").json()["next_cursor"]
    assert caller.get("/v1/jobs", params={"cursor": cursor}).status_code == 200
    assert caller.get("/v1/jobs", params={"cursor": cursor, "state": "queued"}).status_code == 422
    assert other.get("/v1/jobs", params={"cursor": cursor}).status_code == 422
    assert caller.get("/v1/concepts", params={"cursor": cursor}).status_code == 422


def test_cancel_waits_for_the_engine(service: Service):
    caller = service.caller()
    job = generate(caller)
    claimed = service.claim()
    response = caller.post(f"/v1/jobs/{job['id']}/cancel")
    assert (response.status_code, response.json()["state"]) == (200, "canceling")
    assert service.beat(claimed, step=1).cancel
    queued = generate(caller)
    assert caller.post(f"/v1/jobs/{queued['id']}/cancel").json()["state"] == "canceled"


def test_a_finished_job_is_not_canceled(service: Service):
    caller = service.caller()
    job = generate(caller)
    service.finish(service.claim(), {"video.mp4": b"v"})
    refused = caller.post(f"/v1/jobs/{job['id']}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_finished")


def test_retry_makes_a_new_job_of_the_same_spec(service: Service):
    caller = service.caller()
    job = generate(caller)
    early = caller.post(f"/v1/jobs/{job['id']}/retry")
    assert (early.status_code, early.json()["code"]) == (409, "job_unfinished")
    error = JobError(code="out_of_memory", message="too large", retryable=False, fault="user")
    service.fail(service.claim(), error)
    assert caller.get(f"/v1/jobs/{job['id']}").json()["error"] == error.model_dump()
    again = caller.post(f"/v1/jobs/{job['id']}/retry", headers={"traceparent": TRACE})
    assert again.status_code == 202
    assert (again.json()["retry_of"], again.json()["spec"]) == (
        job["id"],
        caller.get(f"/v1/jobs/{job['id']}").json()["spec"],
    )
    assert service.claim().traceparent == TRACE


def test_logs_and_curves_are_read(service: Service):
    caller = service.caller()
    here = f"/v1/jobs/{generate(caller)['id']}"
    assert caller.get(f"{here}/metrics").json() == {"attempt": 0, "points": []}
    claimed, now = service.claim(), service.clock.now()
    lines = [LogEntry(now, "info", f"line {number}") for number in range(3)]
    points = [MetricSample(now, "sampling", step, None, 0.5, 100 + step) for step in (1, 2)]
    with service.database.write() as session:
        logs.write(session, claimed.id, 1, lines, points)
    page = caller.get(f"{here}/logs?limit=2").json()
    rest = caller.get(f"{here}/logs", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    reported = [(line["attempt"], line["level"], line["message"]) for line in page["data"] + rest["data"]]
    assert reported == [(1, "info", "line 0"), (1, "info", "line 1"), (1, "info", "line 2")]
    found = caller.get(f"{here}/metrics").json()
    assert (found["attempt"], [point["step"] for point in found["points"]]) == (1, [1, 2])
    assert found["points"][1]["memory_bytes"] == 102
    assert caller.get(f"{here}/metrics?attempt=2").json() == {"attempt": 2, "points": []}


def test_a_dry_run_makes_nothing(service: Service):
    caller = service.caller()
    for _ in range(2):
        generate(caller)
        service.finish(service.claim(), {"video.mp4": b"v"})
    key = {"Idempotency-Key": "not-used-up"}
    seen = caller.get("/v1/events?limit=100").json()
    dry = caller.post("/v1/generations?dry_run=true", json=BALL | {"steps": 3}, headers=key)
    assert (dry.status_code, dry.json()["kind"], dry.json()["spec"]["steps"]) == (200, "generation", 3)
    assert dry.json()["gpu_seconds"]["high"] > dry.json()["gpu_seconds"]["low"] * 0.99 > 0
    concept = caller.post("/v1/concepts", json={"name": "orbit"}).json()["id"]
    clips = [{"clip_id": service.ready_clip(caller), "caption": "a ball"}]
    training = caller.post("/v1/trainings?dry_run=true", json={"concept": concept, "clips": clips})
    assert (training.status_code, training.json()["kind"], training.json()["gpu_seconds"]) == (200, "training", None)
    assert caller.get("/v1/events?limit=100").json() == seen
    refused = caller.post("/v1/generations?dry_run=true", json=BALL | {"webhook_url": "https://10.0.0.1/"})
    assert refused.json()["errors"][0]["pointer"] == "/webhook_url"
    assert caller.post("/v1/generations", json=BALL, headers=key).status_code == 202


def test_a_malformed_traceparent_is_ignored(sqlite_service: Service):
    caller = sqlite_service.caller()
    for trace in ("bad", TRACE.replace("00-", "ff-", 1), TRACE.upper(), TRACE + "-1"):
        assert caller.post("/v1/generations", json=BALL, headers={"traceparent": trace}).status_code == 202
        assert sqlite_service.claim().traceparent is None


def test_acting_on_a_job_needs_the_scope_of_its_kind(service: Service):
    caller = service.caller()
    job = generate(caller)
    with service.database.read() as session:
        from services.db.tables import JobRow

        row = session.get(JobRow, job["id"])
        assert row is not None
        tenant_id = row.tenant_id
    trainer = service.key_of(tenant_id, ("read", "train"))
    assert trainer.get(f"/v1/jobs/{job['id']}").status_code == 200
    assert trainer.post(f"/v1/jobs/{job['id']}/cancel").status_code == 403


def test_another_tenants_job_does_not_exist(service: Service):
    job, other = generate(service.caller()), service.caller("other")
    for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("POST", "/retry")):
        response = other.request(method, f"/v1/jobs/{job['id']}{path}")
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), path
    assert other.get("/v1/jobs").json()["data"] == []
