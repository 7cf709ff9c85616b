"""Usage over HTTP."""

from datetime import UTC, datetime

from tests.service import Service


def test_a_job_is_in_todays_usage(service: Service):
    caller, other = service.caller(), service.caller("other")
    caller.post("/v1/generations", json={"prompt": "a ball"})
    service.finish(service.claim(), {"video.mp4": b"a video"})
    found = caller.get("/v1/usage").json()
    [jobs] = found["jobs"]
    assert (jobs["kind"], jobs["num_jobs"], jobs["num_succeeded"], found["gpu_seconds"]) == ("generation", 1, 1, 1.5)
    assert found["storage"]["generations_bytes"] == found["storage"]["total_bytes"] == len(b"a video")
    assert found["since"] == datetime.now(UTC).date().replace(day=1).isoformat()  # noqa: TID251 - the service's own
    assert other.get("/v1/usage").json()["jobs"] == []
    before = caller.get("/v1/usage?since=2025-01-01&until=2025-02-01&per=month").json()
    assert (before["jobs"], before["gpu_seconds"]) == ([], 0)
    refused = caller.get("/v1/usage?since=2025-01-01&until=2025-01-01")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "query/until")
