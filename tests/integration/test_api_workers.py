"""Drain and resume over HTTP."""

import httpx
import pytest

from services.jobs.scheduling import workers
from tests.service import Service

NAME = "gpu-7.example-4711-shared"


@pytest.fixture
def admin(service: Service) -> httpx.Client:
    return service.caller("operator", ("admin",))


def check_in(service: Service, *names: str) -> None:
    with service.database.write() as session:
        for name in names:
            workers.check_in(session, name, ["training.choreo-world"], service.clock.now())


def test_a_worker_is_drained_and_resumed(service: Service, admin: httpx.Client):
    check_in(service, NAME)
    assert admin.get(f"/v1/admin/workers/{NAME}").json()["state"] == "idle"
    drained = admin.post(f"/v1/admin/workers/{NAME}/drain").json()
    assert (drained["state"], drained["drain"]) == ("drained", "hand_over")
    assert admin.post(f"/v1/admin/workers/{NAME}/drain?how=finish").json()["drain"] == "finish"
    resumed = admin.post(f"/v1/admin/workers/{NAME}/resume").json()
    assert (resumed["state"], resumed["drain"]) == ("idle", None)


def test_workers_are_listed_in_pages(service: Service, admin: httpx.Client):
    check_in(service, "b", "a", "c")
    page = admin.get("/v1/admin/workers?limit=2").json()
    rest = admin.get("/v1/admin/workers", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [one["name"] for one in page["data"] + rest["data"]] == ["a", "b", "c"]


def test_unknown_workers_and_missing_scopes(service: Service, admin: httpx.Client):
    for call in ("drain", "resume"):
        assert admin.post(f"/v1/admin/workers/unknown/{call}").status_code == 404
    wrong = admin.post("/v1/admin/workers/unknown/drain?how=now").json()
    assert (wrong["code"], wrong["errors"][0]["pointer"]) == ("invalid", "query/how")
    assert service.caller().get("/v1/admin/workers").status_code == 403
