"""`Prefer: wait`: the response waits without holding a thread or a database connection."""

import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from services.db.tables import JobRow
from tests.service import Service
from tests.waiting import wait_until

MANY = 45
"""More than the threads (40) and the pooled database connections (15) that a server has."""
BALL = {"prompt": "a ball"}


def test_the_answer_comes_when_the_job_ends(service: Service):
    caller = service.caller()
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(caller.post, "/v1/generations", json=BALL, headers={"Prefer": "wait=30"})
        wait_until(lambda: caller.get("/v1/jobs").json()["data"], what="the job")
        service.finish(service.claim(), {"video.mp4": b"v"})
        response = held.result(30)
    assert (response.status_code, response.json()["state"]) == (200, "succeeded")
    assert response.headers["preference-applied"] == "wait=30"


def test_the_answer_comes_when_the_time_is_up(service: Service):
    started = time.monotonic()
    response = service.caller().post("/v1/generations", json=BALL, headers={"Prefer": "wait=1"})
    assert (response.status_code, response.json()["state"]) == (202, "queued")
    assert 1 <= time.monotonic() - started < 20


def test_others_are_served_while_many_wait(service: Service):
    caller = service.caller()
    with ThreadPoolExecutor(MANY) as pool:
        held = [
            pool.submit(caller.post, "/v1/generations", json=BALL, headers={"Prefer": "wait=60"}) for _ in range(MANY)
        ]
        jobs = wait_until(lambda: all_of_them(service), timeout=60, what="all jobs")
        assert caller.get("/readyz").status_code == 200
        for job_id in jobs:
            assert caller.post(f"/v1/jobs/{job_id}/cancel").status_code == 200
        states = {response.result(60).json()["state"] for response in held}
    assert states == {"canceled"}


def all_of_them(service: Service) -> list[str]:
    """The ids of the jobs, once there are as many as there will be."""
    with service.database.read() as session:
        found = list(session.scalars(select(JobRow.id)))
    return found if len(found) == MANY else []
