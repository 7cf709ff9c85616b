"""Choreo from Python: teach a motion from a few clips, perform it with anything that a prompt describes.

`Choreo` and `AsyncChoreo` are the way in; `choreo.models` has the shapes that they take and give back;
`choreo.webhooks` checks what the service sends; every error derives from `ChoreoError`.
"""

from choreo import models, webhooks
from choreo._async.client import AsyncChoreo
from choreo._sync.client import Choreo
from choreo.errors import (
    ChoreoError,
    ClipRejected,
    Conflict,
    Forbidden,
    Invalid,
    JobCanceled,
    JobFailed,
    JobUnsuccessful,
    NotConfigured,
    NotFound,
    PreviewFailed,
    ProblemError,
    RateLimited,
    ServiceFailed,
    StillRunning,
    TooLarge,
    TransferFailed,
    Unauthorized,
    Unavailable,
    UnexpectedAnswer,
    Unreachable,
    WebhookRefused,
)
from choreo.models import Deadlines, Highway, Job, Recipe
from choreo.retries import Retries

__all__ = [
    "AsyncChoreo",
    "Choreo",
    "ChoreoError",
    "ClipRejected",
    "Conflict",
    "Deadlines",
    "Forbidden",
    "Highway",
    "Invalid",
    "Job",
    "JobCanceled",
    "JobFailed",
    "JobUnsuccessful",
    "NotConfigured",
    "NotFound",
    "PreviewFailed",
    "ProblemError",
    "RateLimited",
    "Recipe",
    "Retries",
    "ServiceFailed",
    "StillRunning",
    "TooLarge",
    "TransferFailed",
    "Unauthorized",
    "Unavailable",
    "UnexpectedAnswer",
    "Unreachable",
    "WebhookRefused",
    "models",
    "webhooks",
]
