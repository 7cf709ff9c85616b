"""Clients during faults: they submit, cancel and retry jobs, and record the accepted submissions."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.chaos.auditor import TAG, TERMINAL, Submission

PATIENCE_SECONDS = 120.0
"""How long a client repeats a request without a response, under one idempotency key."""
AGAIN_SECONDS = 0.5
POLL_SECONDS = 1.5
TRAININGS, CANCELS, RETRIES = 0.25, 0.15, 0.5


@dataclass
class Submissions:
    """The accepted and refused requests of a run."""

    made: list[Submission] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    """Answers that no caller should ever get."""
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def add(self, tag: str, job_id: str | None) -> None:
        with self._guard:
            self.made.append(Submission(tag, job_id))

    def refuse(self, what: str) -> None:
        with self._guard:
            self.refusals.append(what)


@dataclass(frozen=True)
class Account:
    """A tenant's key, clip and concept."""

    token: str
    concept_id: str
    clip_id: str


class Client:
    """One client with its own random generator."""

    def __init__(self, number: int, seed: int, url: str, account: Account, submissions: Submissions, hook: str) -> None:
        self._number, self._chance, self._account = number, random.Random(f"{seed}-{number}"), account
        self._submissions, self._hook, self._count = submissions, hook, 0
        key = {"authorization": f"Bearer {account.token}"}
        self._http = httpx.Client(base_url=url, headers=key, timeout=10.0, trust_env=False)

    def run(self, over: threading.Event) -> None:
        """Submit jobs and act on them until `stop` is set."""
        while not over.is_set():
            self._count += 1
            tag = f"{self._number}-{self._count}"
            job_id = self._submit(tag, *self._wish(tag))
            if job_id is not None:
                self._live_with(tag, job_id, over)
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def _wish(self, tag: str) -> tuple[str, dict[str, Any]]:
        common = {"metadata": {TAG: tag}, "webhook_url": self._hook, "priority": self._chance.choice([0, 0, 0, 5])}
        if self._chance.random() < TRAININGS:
            clips = [{"clip_id": self._account.clip_id, "caption": "a square moving right"}]
            recipe = {"steps": self._chance.randint(4, 40), "checkpoint_every": self._chance.choice([2, 5])}
            return "/v1/trainings", {"concept": self._account.concept_id, "clips": clips, "recipe": recipe} | common
        concept = self._chance.choice([None, None, self._account.concept_id])
        return "/v1/generations", {"prompt": "a blue ring", "concept": concept, "seed": self._count} | common

    def _submit(self, tag: str, path: str, body: dict[str, Any], key: str = "") -> str | None:
        answer = self.insist(lambda http: http.post(path, json=body, headers={"idempotency-key": key or tag}))
        if answer is None:
            self._submissions.add(tag, None)
            return None
        if answer.status_code == 422 and body.get("concept"):  # no version yet: the plain base will do
            return self._submit(tag, path, body | {"concept": None}, key=f"{tag}-plain")
        if answer.status_code != 202:
            self._submissions.refuse(f"POST {path}: {answer.status_code} {answer.text}")
            return None
        self._submissions.add(tag, answer.json()["id"])
        return answer.json()["id"]

    def _live_with(self, tag: str, job_id: str, over: threading.Event) -> None:
        if self._chance.random() < CANCELS:
            over.wait(self._chance.uniform(0, 4))
            self.insist(lambda http: http.post(f"/v1/jobs/{job_id}/cancel"), also=(409,))
        state = self._wait_for_end(job_id, over)
        if state in ("failed", "canceled") and self._chance.random() < RETRIES:
            heir = self._submit(tag, f"/v1/jobs/{job_id}/retry", {}, key=f"{tag}-again")
            if heir is not None:
                self._wait_for_end(heir, over)

    def _wait_for_end(self, job_id: str, over: threading.Event) -> str | None:
        while not over.wait(POLL_SECONDS):
            answer = self.insist(lambda http: http.get(f"/v1/jobs/{job_id}"))
            if answer is None or answer.json()["state"] in TERMINAL:
                return answer and answer.json()["state"]
        return None

    def refuse(self, what: str) -> None:
        """Record a response that no caller should get."""
        self._submissions.refuse(what)

    def insist(
        self, ask: Callable[[httpx.Client], httpx.Response], also: tuple[int, ...] = ()
    ) -> httpx.Response | None:
        """The first answer that is one: not a cut connection, not a 503, not "the first try is in flight"."""
        pause = threading.Event()
        for _ in range(int(PATIENCE_SECONDS / AGAIN_SECONDS)):
            try:
                answer = ask(self._http)
            except httpx.TransportError:
                pause.wait(AGAIN_SECONDS)
                continue
            if answer.status_code in also or not self._is_passing(answer):
                return answer
            pause.wait(AGAIN_SECONDS)
        return None

    def _is_passing(self, answer: httpx.Response) -> bool:
        if answer.status_code == 503 and not answer.headers.get("retry-after"):
            self._submissions.refuse(f"{answer.request.url.path}: 503 without Retry-After")
        if answer.status_code >= 500 and answer.status_code != 503:
            self._submissions.refuse(f"{answer.request.url.path}: {answer.status_code} {answer.text}")
        in_flight = answer.status_code == 409 and answer.json().get("code") == "idempotency_in_flight"
        return answer.status_code >= 500 or in_flight
