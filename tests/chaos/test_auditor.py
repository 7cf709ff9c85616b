"""The auditor finds nothing in honest books, and every kind of wrong in doctored ones."""

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
from services.jobs import service as jobs
from services.jobs.values import Outcome
from services.storage.directory import DirectoryStore
from services.storage.signing import UrlSigner
from services.webhooks.messages import accept
from shared.ids import new_id
from shared.schemas.common import StoredFile
from shared.schemas.concept import BaseModelStamp
from shared.schemas.job import Usage
from tests.chaos.auditor import TAG, Books, Findings, Promise, audit
from tests.record import TRAININGS, Record

FILE = b"weights"


class Office:
    """A record with one training that succeeded and one generation that was canceled, and their bytes."""

    def __init__(self, url: str, folder: Path) -> None:
        self.record = Record(open_database(url))
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
            base=BaseModelStamp(id="tiny", revision="1", content_hash="0" * 64),
            usage=Usage(),
        )
        with self.record.db.write() as session:
            jobs.finish(session, job.id, job.attempt, outcome, now=self.record.clock.now())

    def _announce(self) -> None:
        with self.record.db.write() as session:
            for item in outbox.take(session, outbox.WEBHOOK, 100, self.record.clock.now()):
                accept(session, item, self.record.clock.now())
            session.execute(update(WebhookDeliveryRow).values(state="delivered"))
            session.execute(delete(OutboxRow))  # rings that nobody has to hear
            self.heard = set(session.scalars(select(WebhookDeliveryRow.message_id)))

    def audit(self) -> Findings:
        promises = [Promise("a", self.training), Promise("b", self.canceled), Promise("never answered", None)]
        with self.record.db.read() as session:
            books = Books.read(session)
        return audit(books, self.store, promises, self.heard)

    def doctor(self, change: Callable[[WriteSession], object]) -> None:
        with self.record.db.write() as session:
            change(session)


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Office]:
    office = Office(sqlite_url, tmp_path / "bucket")
    yield office
    office.record.db.close()


def copy_of(session: WriteSession, entity: type, key: object, **changes: object) -> None:
    """Insert a row again with other values."""
    row = session.get(entity, key)
    values = {column.key: getattr(row, column.key) for column in entity.__mapper__.column_attrs}
    session.execute(insert(entity).values(**(values | changes)))


def test_honest_books(office: Office):
    assert office.audit().lines == []


def test_a_lost_job(office: Office):
    office.doctor(lambda session: session.execute(delete(JobRow).where(JobRow.id == office.canceled)))
    assert office.audit().lost == [f"{office.canceled} was accepted and is not there"]


def test_a_job_that_never_ends(office: Office):
    change = {"state": "running", "finished_at": None}
    office.doctor(lambda s: s.execute(update(JobRow).where(JobRow.id == office.canceled).values(change)))
    assert f"{office.canceled} is running for ever" in office.audit().lost


def test_a_doubled_job(office: Office):
    twin = new_id("job", office.record.clock)
    office.doctor(lambda session: copy_of(session, JobRow, office.training, id=twin))
    findings = office.audit()
    assert "submission a made 2 jobs" in findings.doubled
    assert f"{twin} succeeded and made no version" in findings.lost


def test_a_job_retried_once_with_two_heirs(office: Office):
    heirs = [office.record.retry(office.canceled).id for _ in range(2)]
    for heir in heirs:
        office.record.cancel(heir)
    assert f"{office.canceled} was retried once and has 2 heirs" in office.audit().doubled


def test_a_second_success(office: Office):
    office.doctor(lambda session: copy_of(session, AttemptRow, (office.training, 1), number=2))
    assert f"{office.training} succeeded in 2 attempts" in office.audit().doubled


def test_a_second_end(office: Office):
    def end_again(session: WriteSession) -> None:
        end = session.scalar(select(EventRow).where(EventRow.type == "training.succeeded"))
        assert end is not None
        copy_of(session, EventRow, (end.tenant_id, end.seq), seq=99, id="evt_2", state_seq=99)

    office.doctor(end_again)
    findings = office.audit()
    assert findings.doubled == [f"{office.training} ended 2 times: ['training.succeeded', 'training.succeeded']"]
    assert f"the events of {office.training} have gaps" in findings.broken


def test_a_second_message_and_one_that_is_missing(office: Office):
    def swap(session: WriteSession) -> None:
        end = session.scalar(select(WebhookMessageRow).where(WebhookMessageRow.type == "training.succeeded"))
        assert end is not None
        copy_of(session, WebhookMessageRow, end.id, id="evt_2")
        session.execute(delete(WebhookMessageRow).where(WebhookMessageRow.job_id == office.canceled))

    office.doctor(swap)
    findings = office.audit()
    assert findings.doubled == [f"{office.training} has 2 messages of its end"]
    assert findings.lost == [f"nobody was told of the end of {office.canceled}"]


def test_a_webhook_that_nobody_heard_and_one_that_waits(office: Office):
    office.heard.clear()
    assert all("nobody there has heard of it" in line for line in office.audit().lost)
    office.doctor(lambda session: session.execute(update(WebhookDeliveryRow).values(state="pending")))
    lost = office.audit().lost
    assert lost
    assert all(line.endswith("is pending") for line in lost)


def test_something_that_is_still_to_be_done(office: Office):
    office.doctor(lambda session: outbox.put(session, outbox.RING, {"queue": "x"}, office.record.clock.now()))
    assert office.audit().broken == ["the outbox still asks for ring {'queue': 'x'}"]


def test_a_version_that_is_missing_and_one_too_many(office: Office):
    def move(session: WriteSession) -> None:
        session.execute(update(VersionRow).values(job_id=office.canceled))

    office.doctor(move)
    findings = office.audit()
    assert f"{office.training} succeeded and made no version" in findings.lost
    assert f"{office.canceled} is canceled and made 1 versions" in findings.doubled


def test_bytes_that_are_gone_differ_or_that_nobody_names(office: Office):
    office.store.put(office.prefix + "adapter.safetensors", FILE[::-1])
    office.store.put(office.prefix.replace("attempt-1", "attempt-2") + "manifest.json", b"{}")
    findings = office.audit()
    assert findings.lost == [f"{office.training}: {office.prefix}adapter.safetensors holds other bytes"]
    assert "attempt-2/manifest.json" in findings.broken[0]
    office.store.delete(office.prefix + "adapter.safetensors")
    assert "has None bytes, not 7" in office.audit().lost[0]
