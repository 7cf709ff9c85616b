"""Metrics for Prometheus: waiting jobs, their age, and workers."""

from prometheus_client.parser import text_string_to_metric_families

from services.jobs.scheduling import workers
from tests.service import Service


def figures(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_waits_and_who_works(service: Service):
    caller, operator = service.caller(), service.caller("operator", ("admin",))
    assert caller.get("/metrics").status_code == 403
    assert service.client().get("/metrics").status_code == 401
    first, _ = (caller.post("/v1/generations", json={"prompt": "a ball"}).json() for _ in range(2))
    service.claim()
    with service.database.write() as session:
        workers.check_in(session, "gpu-1", ["generation.choreo-world"], service.clock.now())
    answer = operator.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = figures(answer.text)
    queue = first["spec"]["base_model"]
    assert found["choreo_jobs", f"generation.{queue}", "queued"] == 1
    assert found["choreo_jobs", f"generation.{queue}", "running"] == 1
    assert 0 <= found["choreo_oldest_job_seconds", f"generation.{queue}"] < 600
    assert found["choreo_workers", "idle"] == 1
    assert found["choreo_outbox_items", "ring"] == 2
    assert (found["choreo_deliveries",], found["choreo_late_deliveries",]) == (0, 0)
