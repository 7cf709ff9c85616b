"""The Python client of Choreo: train a motion concept from a few clips, generate videos with that motion.

`Choreo` and `AsyncChoreo` are the clients; `choreo.models` has the request and response models; `choreo.webhooks`
verifies webhooks; every error derives from `ChoreoError`.
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
    InvalidArgument,
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
    "InvalidArgument",
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
