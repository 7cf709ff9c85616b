"""The auditor: reads the database and the bucket after a run and reports every violated guarantee.

What was promised comes from the clients' own list, what is true from rows and bytes.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import select

from services.clips.service import ENDED
from services.db.sessions import ReadSession
from services.db.tables import (
    AttemptRow,
    ClipRow,
    ConceptRow,
    EventRow,
    JobRow,
    OutboxRow,
    TenantRow,
    VersionRow,
    WebhookDeliveryRow,
    WebhookMessageRow,
)
from services.jobs.files.inputs import job_prefix
from services.storage.port import ObjectStore
from shared.schemas.job import JobState

TAG = "chaos"
"""The metadata that tells which submission made a job."""
TERMINAL = {state.value for state in JobState if state.is_terminal}


class Submission(NamedTuple):
    """One submission of a client: its tag, and the job of the 202, or None if there was no response."""

    tag: str
    job_id: str | None


@dataclass
class Findings:
    """Violations, one line each. None if every guarantee held."""

    lost: list[str] = field(default_factory=list)
    """Promised and not there, not ended, or ended without what it should have made."""
    doubled: list[str] = field(default_factory=list)
    """There twice: a job, a version, a result, an end, a webhook."""
    broken: list[str] = field(default_factory=list)
    """Any other guarantee: counts with gaps, files that differ, litter."""

    @property
    def lines(self) -> list[str]:
        groups = {"lost": self.lost, "doubled": self.doubled, "broken": self.broken}
        return [f"{name}: {line}" for name, lines in groups.items() for line in lines]


@dataclass
class StoredState:
    """The rows of a database after a run, by job."""

    jobs: dict[str, JobRow]
    attempts: dict[str, list[AttemptRow]]
    versions: list[VersionRow]
    events: list[EventRow]
    messages: list[WebhookMessageRow]
    deliveries: list[WebhookDeliveryRow]
    tenants: list[TenantRow]
    concepts: list[ConceptRow]
    outbox: list[OutboxRow]
    clips: list[ClipRow]

    @classmethod
    def read(cls, session: ReadSession) -> "StoredState":
        attempts: dict[str, list[AttemptRow]] = {}
        for row in session.scalars(select(AttemptRow).order_by(AttemptRow.job_id, AttemptRow.number)):
            attempts.setdefault(row.job_id, []).append(row)
        return cls(
            jobs={row.id: row for row in session.scalars(select(JobRow))},
            attempts=attempts,
            versions=list(session.scalars(select(VersionRow))),
            events=list(session.scalars(select(EventRow).order_by(EventRow.tenant_id, EventRow.seq))),
            messages=list(session.scalars(select(WebhookMessageRow))),
            deliveries=list(session.scalars(select(WebhookDeliveryRow))),
            tenants=list(session.scalars(select(TenantRow))),
            concepts=list(session.scalars(select(ConceptRow))),
            outbox=list(session.scalars(select(OutboxRow))),
            clips=list(session.scalars(select(ClipRow))),
        )


def audit(
    state: StoredState, store: ObjectStore, submissions: Sequence[Submission], received: Collection[str]
) -> Findings:
    """Compare submissions, rows and bytes once nothing changes any more. No transaction waits for the bytes.

    `received` are the ids of the messages that receivers got.
    """
    found = Findings()
    _check_submissions(state, submissions, found)
    _check_ends(state, found)
    _check_attempts(state, found)
    _check_versions(state, found)
    _check_events(state, found)
    _check_webhooks(state, received, found)
    _check_outbox(state, found)
    _check_bytes(state, store, found)
    _check_clips(state, store, found)
    return found


def _check_submissions(state: StoredState, submissions: Sequence[Submission], found: Findings) -> None:
    by_tag = Counter(job.labels.get(TAG) for job in state.jobs.values() if job.retry_of is None)
    retries = Counter(job.retry_of for job in state.jobs.values() if job.retry_of is not None)
    found.doubled += [
        f"{job_id} was retried once and has {times} heirs" for job_id, times in retries.items() if times > 1
    ]
    for submission in submissions:
        if submission.job_id is not None and submission.job_id not in state.jobs:
            found.lost.append(f"{submission.job_id} was accepted and is not there")
        if by_tag[submission.tag] > 1:
            found.doubled.append(f"submission {submission.tag} made {by_tag[submission.tag]} jobs")


def _check_ends(state: StoredState, found: Findings) -> None:
    for job in state.jobs.values():
        if job.state not in TERMINAL:
            found.lost.append(f"{job.id} is {job.state} for ever")
        elif (job.state == JobState.SUCCEEDED) != (job.result is not None):
            found.lost.append(f"{job.id} is {job.state} and its result is {job.result}")
        elif (job.state == JobState.FAILED) != (job.error is not None):
            found.broken.append(f"{job.id} is {job.state} and its error is {job.error}")


def _check_attempts(state: StoredState, found: Findings) -> None:
    for job in state.jobs.values():
        attempts = state.attempts.get(job.id, [])
        outcomes = Counter(one.outcome for one in attempts)
        if [one.number for one in attempts] != list(range(1, job.attempt + 1)):
            found.broken.append(f"{job.id} has attempts {[one.number for one in attempts]}, not {job.attempt}")
        if outcomes["succeeded"] > 1:
            found.doubled.append(f"{job.id} succeeded in {outcomes['succeeded']} attempts")
        if outcomes["succeeded"] != (job.state == JobState.SUCCEEDED):
            found.broken.append(f"{job.id} is {job.state} and its attempts {dict(outcomes)}")
        if outcomes["running"] and job.state in TERMINAL:
            found.broken.append(f"{job.id} is {job.state} and an attempt still runs")


def _check_versions(state: StoredState, found: Findings) -> None:
    per_job = Counter(version.job_id for version in state.versions)
    for job in state.jobs.values():
        wanted = job.kind == "training" and job.state == JobState.SUCCEEDED
        if per_job[job.id] > wanted:
            found.doubled.append(f"{job.id} is {job.state} and made {per_job[job.id]} versions")
        elif per_job[job.id] < wanted:
            found.lost.append(f"{job.id} succeeded and made no version")
    numbers: dict[str, list[int]] = {}
    for version in state.versions:
        numbers.setdefault(version.concept_id, []).append(version.version)
    for concept in state.concepts:
        if sorted(numbers.get(concept.id, [])) != list(range(1, concept.latest_version + 1)):
            found.broken.append(f"{concept.id} counts {concept.latest_version} versions: {numbers.get(concept.id)}")


def _check_events(state: StoredState, found: Findings) -> None:
    for tenant in state.tenants:
        seqs = [event.seq for event in state.events if event.tenant_id == tenant.id]
        if seqs != list(range(1, tenant.event_seq + 1)):
            found.broken.append(f"the events of {tenant.id} have gaps")
    per_job: defaultdict[str | None, list[EventRow]] = defaultdict(list)
    for event in state.events:
        per_job[event.job_id].append(event)
    for job_id, job in state.jobs.items():
        events = per_job[job_id]
        if sorted(event.state_seq or 0 for event in events) != list(range(1, job.state_seq + 1)):
            found.broken.append(f"the events of {job_id} have gaps")
        ends = [event.type for event in events if _ends_a_job(event.type)]
        if len(ends) > 1:
            found.doubled.append(f"{job_id} ended {len(ends)} times: {ends}")
        elif job.state in TERMINAL and ends != [f"{job.kind}.{job.state}"]:
            found.lost.append(f"{job_id} is {job.state} and its last events are {ends}")


def _check_outbox(state: StoredState, found: Findings) -> None:
    found.broken += [f"the outbox still asks for {row.topic} {row.payload}" for row in state.outbox]


def _check_webhooks(state: StoredState, received: Collection[str], found: Findings) -> None:
    ends = Counter(message.job_id for message in state.messages if _ends_a_job(message.type))
    for job in state.jobs.values():
        if ends[job.id] > 1:
            found.doubled.append(f"{job.id} has {ends[job.id]} messages of its end")
        if job.state in TERMINAL and job.webhook_url and not ends[job.id]:
            found.lost.append(f"no webhook reported the end of {job.id}")
    sent = Counter((one.message_id, one.endpoint_id or one.url) for one in state.deliveries)
    found.doubled += [
        f"{message} goes {times} times to {where}" for (message, where), times in sent.items() if times > 1
    ]
    for one in state.deliveries:
        if one.state != "delivered":
            found.lost.append(f"{one.id} to {one.url} is {one.state}")
        elif one.message_id not in received:
            found.lost.append(f"{one.id} to {one.url} is marked as delivered, and the receiver did not get it")


def _check_bytes(state: StoredState, store: ObjectStore, found: Findings) -> None:
    there = {info.key: info.size for info in store.list("tenants")}
    named = {key for job in state.jobs.values() for key in _named(job)}
    named |= {version.manifest_key for version in state.versions}
    for job in state.jobs.values():
        if job.state == JobState.SUCCEEDED:
            found.lost += [f"{job.id}: {what}" for what in _wrong_files(job, state, store, there)]
        prefix = job_prefix(job)
        litter = [key for key in there if key.startswith(prefix) and key not in named]
        manifests = [key for key in litter if key.endswith("/manifest.json")]
        if manifests:
            found.broken.append(f"{job.id} is {job.state} and also has {manifests}")
        elif litter:
            found.broken.append(f"{job.id} left {len(litter)} objects, {litter[0]} among them")


def _check_clips(state: StoredState, store: ObjectStore, found: Findings) -> None:
    named = {key for clip in state.clips for key in (clip.video_key, clip.thumbnail_key)}
    waiting = {clip.id for clip in state.clips if clip.state not in ENDED}
    for info in store.list("tenants"):
        place = info.key.split("/")
        if place[2] == "clips" and info.key not in named and place[3] not in waiting:
            found.broken.append(f"{info.key} ({info.size} bytes) belongs to no clip")


def _wrong_files(job: JobRow, state: StoredState, store: ObjectStore, there: dict[str, int]) -> Iterator[str]:
    """The files that differ from the manifest and the result."""
    result: dict[str, Any] = job.result or {}
    key = result.get("manifest_key") or next((one.manifest_key for one in state.versions if one.job_id == job.id), "")
    if key not in there:
        yield f"its manifest {key} is not there"
        return
    listed = json.loads(store.read(key))["files"]
    if set(listed) != {file["name"] for file in result["artifacts"]}:
        yield f"its manifest lists {sorted(listed)}"
    for file in result["artifacts"]:
        if there.get(file["key"]) != file["size_bytes"]:
            yield f"{file['key']} has {there.get(file['key'])} bytes, not {file['size_bytes']}"
        elif hashlib.sha256(store.read(file["key"])).hexdigest() != file["sha256"]:
            yield f"{file['key']} holds other bytes"


def _named(job: JobRow) -> Iterable[str]:
    result: dict[str, Any] = job.result or {}
    checkpoint: dict[str, Any] = job.checkpoint or {}
    yield from (file["key"] for file in [*result.get("artifacts", ()), *checkpoint.get("files", ())])
    yield from (preview["file"]["key"] for preview in job.previews or () if preview.get("file"))
    if "manifest_key" in result:
        yield result["manifest_key"]


def _ends_a_job(name: str) -> bool:
    return name.partition(".")[2] in TERMINAL
