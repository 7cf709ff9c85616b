"""One attempt at one job: inputs down, engine run, lease kept, results up. It writes nothing once it is fenced."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from services.jobs.values import ClaimedJob
from services.motion.engine import Engine, EngineDied
from services.motion.messages import (
    CanceledEvent,
    CheckpointEvent,
    EngineEvent,
    EngineRequest,
    FailedEvent,
    ProgressEvent,
    ResultEvent,
)
from services.storage.port import AlreadyExists, ObjectStore, StorageError
from shared.clock import Clock
from shared.schemas.job import JobError, Progress
from shared.settings import Settings
from worker.desk import Desk
from worker.heartbeat import Heartbeat, Order

POLL_SECONDS = 0.2
