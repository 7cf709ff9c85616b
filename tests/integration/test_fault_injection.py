"""Fault injection: each prompt's failure as an HTTP client sees it, through a real supervisor without an engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared import fault_injection
from shared.settings import Settings
from tests.service import Service, running
from worker.processes.runtime import Runtime
from worker.processes.supervisor import Supervisor

QUEUE = "generation.choreo-world"


@pytest.fixture
def service(sqlite_url: str, tmp_path: Path) -> Iterator[Service]:
    with running(sqlite_url, tmp_path, fault_injection=True, backoff_seconds=0) as service:
        yield service


@pytest.fixture
def supervisor(service: Service) -> Iterator[Supervisor]:
    runtime = Runtime(service.settings, service.database, service.clock)
    supervisor = runtime.make_supervisor("tests", runtime.queues)
    yield supervisor
    supervisor.close()
    runtime.check_out()


@pytest.mark.parametrize(
    ("prompt", "state", "code", "num_attempts"),
    [
        (fault_injection.OUT_OF_MEMORY, "failed", "out_of_memory", 3),
        (fault_injection.TIMEOUT, "failed", "finish_by_missed", 1),
        (fault_injection.ENGINE_CRASH, "failed", "engine_died", 3),
        (fault_injection.STORAGE_FAILURE, "failed", "storage_unavailable", 3),
        (fault_injection.CANCELED, "canceled", None, 1),
    ],
)
def test_each_prompt_injects_its_fault(
    service: Service, supervisor: Supervisor, prompt: str, state: str, code: str | None, num_attempts: int
):
    caller = service.caller()
    url = f"/v1/jobs/{caller.post('/v1/generations', json={'prompt': prompt}).json()['id']}"
    supervisor.work(QUEUE)
    job = caller.get(url).json()
    assert (job["state"], len(job["attempts"])) == (state, num_attempts)
    assert (job["error"] and (job["error"]["code"], job["error"]["fault"])) == (code and (code, "service"))
    types = [event["type"] for event in caller.get("/v1/events?limit=100").json()["data"]]
    assert types.count("generation.running") == num_attempts
    assert types[-1] == f"generation.{state}"


def test_moderation_refuses_its_prompt(service: Service):
    refused = service.caller().post("/v1/generations", json={"prompt": fault_injection.MODERATION})
    assert (refused.status_code, refused.json()["code"]) == (422, "moderation_refused")
    assert refused.json()["errors"][0]["pointer"] == "/prompt"


def test_without_the_setting_the_prompts_are_ordinary(sqlite_service: Service):
    answer = sqlite_service.caller().post("/v1/generations", json={"prompt": fault_injection.MODERATION})
    assert answer.status_code == 202


def test_the_setting_is_refused_in_production():
    with pytest.raises(ValidationError, match="CHOREO_FAULT_INJECTION"):
        Settings(fault_injection=True, broker_url="redis://localhost:6379/0")
