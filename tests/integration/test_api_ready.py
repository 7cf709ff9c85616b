"""`/readyz`: one check for all callers, with a short timeout, which holds nothing that other requests need."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from api import readiness
from api.readiness import ServerCheck
from tests.service import Service


def test_a_storage_that_hangs_makes_the_service_unready_and_delays_no_request(
    sqlite_service: Service, monkeypatch: pytest.MonkeyPatch
):
    hung, checks = Event(), list[int]()

    def hang(self: ServerCheck) -> None:
        checks.append(1)
        assert hung.wait(60)

    monkeypatch.setattr(readiness, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(readiness, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(ServerCheck, "__call__", hang)
    client, caller = sqlite_service.client(), sqlite_service.caller()
    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(client.get, "/readyz") for _ in range(60)]
        assert caller.get("/v1/jobs").status_code == 200
        answers = [one.result(30) for one in asked]
    assert {(one.status_code, one.json()["code"], one.headers["retry-after"]) for one in answers} == {
        (503, "unavailable", "5")
    }
    assert len(checks) == 1
    hung.set()
    monkeypatch.undo()
    assert client.get("/readyz").status_code == 200


def test_many_callers_share_a_check(sqlite_service: Service, monkeypatch: pytest.MonkeyPatch):
    checks: list[int] = []
    monkeypatch.setattr(ServerCheck, "__call__", lambda _: checks.append(1))
    client = sqlite_service.client()
    assert {client.get("/readyz").status_code for _ in range(20)} == {200}
    assert len(checks) <= 3
