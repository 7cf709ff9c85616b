"""Requests for a preview of a running training."""

from datetime import datetime

from services.db.sessions import WriteSession
from services.db.tables import JobRow
from services.jobs.files import previews
from services.jobs.files.checkpoints import running_training
from services.jobs.state import repository
from services.jobs.state.types import PreviewEntry
from services.jobs.submission.defaults import Catalogue, preview_spec
from shared.errors import Conflict
from shared.schemas.preview import PreviewRequest
from shared.schemas.training import TrainingSpec

MOST_WAITING = 4
"""The training stands still while it shows something."""
MOST = 32
"""Of one training, over all its attempts: they are kept as long as the job."""


class TooManyPreviews(Conflict):
    """As many previews of this training wait, or were made, as may."""

    code, title = "too_many_previews", "Too many previews"


def request_preview(
    session: WriteSession, tenant_id: str, job_id: str, request: PreviewRequest, catalogue: Catalogue, now: datetime
) -> JobRow:
    """Have a running training perform something after its next step.

    Raises NotFound, NotATraining, JobNotRunning, TooManyPreviews, Invalid.
    """
    job = running_training(session, tenant_id, job_id)
    if len(previews.waiting(job)) >= MOST_WAITING:
        raise TooManyPreviews(f"{MOST_WAITING} previews may wait at once")
    if job.previews_asked >= MOST:
        raise TooManyPreviews(f"a training has at most {MOST} previews")
    spec = preview_spec(TrainingSpec.model_validate(job.spec), request, catalogue)
    previews.put(session, job, PreviewEntry(number=job.previews_asked + 1, spec=spec, asked_at=now), now)
    return repository.get(session, tenant_id, job_id)
