"""Requests for a preview of a running training."""

from datetime import datetime

from services.db.sessions import WriteSession
from services.db.tables import JobRow
from services.jobs.files import previews
from services.jobs.files.checkpoints import lock_running_training
from services.jobs.state import repository
from services.jobs.state.types import PreviewEntry
from services.jobs.submission.defaults import Catalogue, preview_spec
from services.jobs.submission.warnings import preview_warnings
from shared.errors import Conflict
from shared.schemas.preview import PreviewRequest
from shared.schemas.training import TrainingSpec

MAX_PENDING = 4
"""Pending previews of one training. The training pauses while a preview is rendered."""
MAX_PREVIEWS = 32
"""Previews of one training over all its attempts; they are kept as long as the job."""


class TooManyPreviews(Conflict):
    """The limit of pending previews, or of previews of one training, is reached."""

    code, title = "too_many_previews", "Too many previews"


def request_preview(
    session: WriteSession, tenant_id: str, job_id: str, request: PreviewRequest, catalogue: Catalogue, now: datetime
) -> JobRow:
    """Request that a running training renders a preview after its next step.

    Raises NotFound, NotATraining, JobNotRunning, TooManyPreviews, Invalid.
    """
    job = lock_running_training(session, tenant_id, job_id)
    if len(previews.pending(job)) >= MAX_PENDING:
        raise TooManyPreviews(f"{MAX_PENDING} previews may wait at once")
    if job.previews_asked >= MAX_PREVIEWS:
        raise TooManyPreviews(f"a training has at most {MAX_PREVIEWS} previews")
    training = TrainingSpec.model_validate(job.spec)
    spec, number = preview_spec(training, request, catalogue), job.previews_asked + 1
    warnings = preview_warnings(training, spec, number, catalogue[training.base_model])
    previews.save(session, job, PreviewEntry(number=number, spec=spec, asked_at=now), now, warnings)
    return repository.get(session, tenant_id, job_id)
