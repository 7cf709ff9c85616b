"""Usage reports on both databases."""

from datetime import UTC, date, datetime

import pytest

from services.accounts.usage import Span, usage
from services.db.tables import ClipRow
from shared.clock import FrozenClock
from shared.errors import Invalid
from shared.schemas.job import Usage
from shared.schemas.usage import Granularity, JobsUsage, UsageReport
from tests.job_setup import BAD_CLIP, TRAININGS, JobSetup

DAY = 86400
MARCH = Span(date(2026, 3, 1), date(2026, 4, 1))


@pytest.fixture
def job_setup(job_setup: JobSetup) -> JobSetup:
    job_setup.clock = FrozenClock(datetime(2026, 3, 30, 23, 59, 59, tzinfo=UTC))
    return job_setup


def used(job_setup: JobSetup, span: Span = MARCH, per: Granularity = "day", tenant: str | None = None) -> UsageReport:
    with job_setup.db.read() as session:
        return usage(session, tenant or job_setup.tenant, span, per, job_setup.clock.now())


def generate(job_setup: JobSetup, gpu_seconds: float) -> None:
    job_setup.generate()
    job_setup.finish(job_setup.claimed(), "video.mp4", "report.json", usage=Usage(gpu_seconds=gpu_seconds))


def test_jobs_count_on_the_day_they_were_made(job_setup: JobSetup):
    generate(job_setup, 1.5)
    job_setup.later(1)
    generate(job_setup, 2.25)
    job_setup.generate()
    job_setup.fail(job_setup.claimed(), BAD_CLIP, usage=Usage(gpu_seconds=0.25))
    job_setup.cancel(job_setup.generate().id)
    job_setup.generate(priority=-5)
    job_setup.later(DAY)
    generate(job_setup, 100)
    found = used(job_setup)
    assert found.gpu_seconds == 4
    none = {"num_failed": 0, "num_canceled": 0}
    first = {"starts_on": "2026-03-30", "num_jobs": 1, "num_succeeded": 1, "gpu_seconds": 1.5} | none
    second = {"num_jobs": 4, "num_succeeded": 1, "num_failed": 1, "num_canceled": 1, "gpu_seconds": 2.5}
    assert [one.model_dump(mode="json") for one in found.jobs] == [
        first | {"kind": "generation"},
        second | {"starts_on": "2026-03-31", "kind": "generation"},
    ]


def test_months_and_kinds_are_summed_apart(job_setup: JobSetup):
    generate(job_setup, 1)
    job_setup.version()
    job_setup.later(2 * DAY)
    generate(job_setup, 2)
    found = used(job_setup, Span(date(2026, 3, 1), date(2026, 5, 1)), "month").jobs
    assert [(one.starts_on, one.kind, one.gpu_seconds) for one in found] == [
        (date(2026, 3, 1), "training", 2),
        (date(2026, 3, 1), "generation", 1),
        (date(2026, 4, 1), "generation", 2),
    ]


def test_storage_is_what_can_be_downloaded_now(job_setup: JobSetup):
    generate(job_setup, 1)
    job_setup.train()
    job_setup.finish(job_setup.claimed(TRAININGS), "adapter.safetensors", "report.json", "previews/0.mp4")
    job_setup.new_clip(job_setup.tenant, "rejected")
    clip_id = job_setup.new_clip(job_setup.tenant)
    with job_setup.db.write() as session:
        clip = session.get(ClipRow, clip_id)
        assert clip is not None
        clip.stored_bytes = 70
    found = used(job_setup).storage
    assert (found.clips_bytes, found.versions_bytes, found.generations_bytes) == (1070, 3, 2)
    assert found.total_bytes == 1075


def test_tenants_use_their_own(job_setup: JobSetup):
    generate(job_setup, 1)
    job_setup.version()
    stranger = used(job_setup, tenant=job_setup.new_tenant("stranger"))
    assert (stranger.gpu_seconds, stranger.jobs, stranger.storage.total_bytes) == (0, list[JobsUsage](), 0)


@pytest.mark.parametrize("until", [date(2026, 3, 1), date(2027, 3, 3)])
def test_a_span_is_a_day_to_a_year(until: date):
    with pytest.raises(Invalid):
        Span.checked(date(2026, 3, 1), until)
