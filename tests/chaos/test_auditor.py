"""The auditor reports nothing for a consistent state, and each kind of manipulation of it."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from services import outbox
from services.db.sessions import WriteSession, open_database
from services.db.tables import (
    AttemptRow,
    EventRow,
    JobRow,
    OutboxRow,
    VersionRow,
    WebhookDeliveryRow,
    WebhookMessageRow,
)
from services.jobs.lifecycle import attempts
from services.jobs.state.types import Outcome
from services.storage.directory import DirectoryStore
from services.storage.signing import UrlSigner
from services.webhooks.messages import accept
from shared.ids import new_id
from shared.schemas.common import StoredFile
from shared.schemas.concept import BaseModelRevision
from shared.schemas.job import Usage
from tests.chaos.auditor import TAG, Findings, StoredState, Submission, audit
from tests.job_setup import TRAININGS, JobSetup

FILE = b"weights"


class WebhookSetup:
    """A database and storage with one succeeded training and one canceled generation."""

    def __init__(self, url: str, folder: Path) -> None:
        self.record = JobSetup(open_database(url))
        signer = UrlSigner(base_url="http://choreo.test", secret="x", clock=self.record.clock)
        self.store = DirectoryStore(folder, signer=signer)
        hook = {"webhook_url": "https://example.com/hook"}
        self.training = self.record.train(metadata={TAG: "a"}, **hook).id
        self.canceled = self.record.generate(metadata={TAG: "b"}, **hook).id
        self.record.cancel(self.canceled)
        self._finish()
        self._announce()

    def _finish(self) -> None:
        job = self.record.claimed(TRAININGS)
        self.prefix = job.prefix
        key = job.prefix + "adapter.safetensors"
        self.store.put(key, FILE)
        sha256 = hashlib.sha256(FILE).hexdigest()
        self.store.put(job.prefix + "manifest.json", json.dumps({"files": {"adapter.safetensors": {}}}).encode())
        file = StoredFile(name="adapter.safetensors", key=key, size_bytes=len(FILE), sha256=sha256, content_type="x/y")
        outcome = Outcome(
            manifest_key=job.prefix + "manifest.json",
            artifacts=(file,),
            base=BaseModelRevision(id="tiny", revision="1", content_hash="0" * 64),
            usage=Usage(),
        )
        with self.record.db.write() as session:
            attempts.finish(session, job.id, job.attempt, outcome, now=self.record.clock.now())

    def _announce(self) -> None:
        with self.record.db.write() as session:
            for item in outbox.take(session, outbox.WEBHOOK, 100, self.record.clock.now()):
                accept(session, item, self.record.clock.now())
            session.execute(update(WebhookDeliveryRow).values(state="delivered"))
            session.execute(delete(OutboxRow))  # pending notifications
            self.received = set(session.scalars(select(WebhookDeliveryRow.message_id)))

    def audit(self) -> Findings:
        submissions = [
            Submission("a", self.training),
            Submission("b", self.canceled),
            Submission("never answered", None),
        ]
        with self.record.db.read() as session:
            state = StoredState.read(session)
        return audit(state, self.store, submissions, self.received)

    def doctor(self, change: Callable[[WriteSession], object]) -> None:
        with self.record.db.write() as session:
            change(session)


@pytest.fixture
def webhooks(sqlite_url: str, tmp_path: Path) -> Iterator[WebhookSetup]:
    webhooks = WebhookSetup(sqlite_url, tmp_path / "bucket")
    yield webhooks
    webhooks.record.db.close()


def copy_of(session: WriteSession, entity: type, key: object, **changes: object) -> None:
    """Insert a row again with other values."""
    row = session.get(entity, key)
    values = {column.key: getattr(row, column.key) for column in entity.__mapper__.column_attrs}
    session.execute(insert(entity).values(**(values | changes)))


def test_a_consistent_state_has_no_findings(webhooks: WebhookSetup):
    assert webhooks.audit().lines == []


def test_a_lost_job(webhooks: WebhookSetup):
    webhooks.doctor(lambda session: session.execute(delete(JobRow).where(JobRow.id == webhooks.canceled)))
    assert webhooks.audit().lost == [f"{webhooks.canceled} was accepted and is not there"]


def test_a_job_that_never_ends(webhooks: WebhookSetup):
    change = {"state": "running", "finished_at": None}
    webhooks.doctor(lambda s: s.execute(update(JobRow).where(JobRow.id == webhooks.canceled).values(change)))
    assert f"{webhooks.canceled} is running for ever" in webhooks.audit().lost


def test_a_doubled_job(webhooks: WebhookSetup):
    twin = new_id("job", webhooks.record.clock)
    webhooks.doctor(lambda session: copy_of(session, JobRow, webhooks.training, id=twin))
    findings = webhooks.audit()
    assert "submission a made 2 jobs" in findings.doubled
    assert f"{twin} succeeded and made no version" in findings.lost


def test_a_job_retried_once_with_two_heirs(webhooks: WebhookSetup):
    heirs = [webhooks.record.retry(webhooks.canceled).id for _ in range(2)]
    for heir in heirs:
        webhooks.record.cancel(heir)
    assert f"{webhooks.canceled} was retried once and has 2 heirs" in webhooks.audit().doubled


def test_a_second_success(webhooks: WebhookSetup):
    webhooks.doctor(lambda session: copy_of(session, AttemptRow, (webhooks.training, 1), number=2))
    assert f"{webhooks.training} succeeded in 2 attempts" in webhooks.audit().doubled


def test_a_second_end(webhooks: WebhookSetup):
    def end_again(session: WriteSession) -> None:
        end = session.scalar(select(EventRow).where(EventRow.type == "training.succeeded"))
        assert end is not None
        copy_of(session, EventRow, (end.tenant_id, end.seq), seq=99, id="evt_2", state_seq=99)

    webhooks.doctor(end_again)
    findings = webhooks.audit()
    assert findings.doubled == [f"{webhooks.training} ended 2 times: ['training.succeeded', 'training.succeeded']"]
    assert f"the events of {webhooks.training} have gaps" in findings.broken


def test_a_second_message_and_one_that_is_missing(webhooks: WebhookSetup):
    def swap(session: WriteSession) -> None:
        end = session.scalar(select(WebhookMessageRow).where(WebhookMessageRow.type == "training.succeeded"))
        assert end is not None
        copy_of(session, WebhookMessageRow, end.id, id="evt_2")
        session.execute(delete(WebhookMessageRow).where(WebhookMessageRow.job_id == webhooks.canceled))

    webhooks.doctor(swap)
    findings = webhooks.audit()
    assert findings.doubled == [f"{webhooks.training} has 2 messages of its end"]
    assert findings.lost == [f"no webhook reported the end of {webhooks.canceled}"]


def test_a_webhook_that_was_not_received_and_one_that_is_pending(webhooks: WebhookSetup):
    webhooks.received.clear()
    assert all("the receiver did not get it" in line for line in webhooks.audit().lost)
    webhooks.doctor(lambda session: session.execute(update(WebhookDeliveryRow).values(state="pending")))
    lost = webhooks.audit().lost
    assert lost
    assert all(line.endswith("is pending") for line in lost)


def test_something_that_is_still_to_be_done(webhooks: WebhookSetup):
    webhooks.doctor(lambda session: outbox.put(session, outbox.NOTIFY, {"queue": "x"}, webhooks.record.clock.now()))
    assert webhooks.audit().broken == ["the outbox still asks for ring {'queue': 'x'}"]


def test_a_version_that_is_missing_and_one_too_many(webhooks: WebhookSetup):
    def move(session: WriteSession) -> None:
        session.execute(update(VersionRow).values(job_id=webhooks.canceled))

    webhooks.doctor(move)
    findings = webhooks.audit()
    assert f"{webhooks.training} succeeded and made no version" in findings.lost
    assert f"{webhooks.canceled} is canceled and made 1 versions" in findings.doubled


def test_objects_that_are_missing_different_or_unreferenced(webhooks: WebhookSetup):
    webhooks.store.put(webhooks.prefix + "adapter.safetensors", FILE[::-1])
    webhooks.store.put(webhooks.prefix.replace("attempt-1", "attempt-2") + "manifest.json", b"{}")
    findings = webhooks.audit()
    assert findings.lost == [f"{webhooks.training}: {webhooks.prefix}adapter.safetensors holds other bytes"]
    assert "attempt-2/manifest.json" in findings.broken[0]
    webhooks.store.delete(webhooks.prefix + "adapter.safetensors")
    assert "has None bytes, not 7" in webhooks.audit().lost[0]


def test_an_upload_that_came_after_its_clip(webhooks: WebhookSetup):
    record = webhooks.record
    ready, waiting = (record.new_clip(record.tenant, state) for state in ("ready", "awaiting_upload"))
    late = [f"tenants/{record.tenant}/clips/{clip}/upload" for clip in (ready, "clip_deleted", waiting)]
    for key in late:
        webhooks.store.put(key, b"late")
    assert webhooks.audit().broken == [f"{key} (4 bytes) belongs to no clip" for key in sorted(late[:2])]
