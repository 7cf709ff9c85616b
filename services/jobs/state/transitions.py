"""The state machine of a job: every permitted transition of its state."""

from enum import StrEnum

from shared.errors import Conflict
from shared.schemas.job import JobState


class Verb(StrEnum):
    """An operation that changes a job's state."""

    CLAIM = "claim"
    FINISH = "finish"
    FAIL = "fail"
    REQUEUE = "requeue"
    CANCEL = "cancel"
    CONFIRM_CANCELED = "confirm_canceled"


_QUEUED, _RUNNING, _CANCELING = JobState.QUEUED, JobState.RUNNING, JobState.CANCELING

TRANSITIONS: dict[tuple[JobState, Verb], JobState] = {
    (_QUEUED, Verb.CLAIM): _RUNNING,
    (_QUEUED, Verb.CANCEL): JobState.CANCELED,
    (_QUEUED, Verb.FAIL): JobState.FAILED,
    (_RUNNING, Verb.FINISH): JobState.SUCCEEDED,
    (_RUNNING, Verb.FAIL): JobState.FAILED,
    (_RUNNING, Verb.REQUEUE): _QUEUED,
    (_RUNNING, Verb.CANCEL): _CANCELING,
    # the engine stops at its next step, so a canceling job may still succeed or fail
    (_CANCELING, Verb.FINISH): JobState.SUCCEEDED,
    (_CANCELING, Verb.FAIL): JobState.FAILED,
    (_CANCELING, Verb.REQUEUE): JobState.CANCELED,
    (_CANCELING, Verb.CANCEL): _CANCELING,
    (_CANCELING, Verb.CONFIRM_CANCELED): JobState.CANCELED,
    (JobState.CANCELED, Verb.CANCEL): JobState.CANCELED,
}


class IllegalTransition(Conflict):
    """The operation is not permitted in the job's present state."""

    code, title = "illegal_transition", "Illegal transition"


def next_state(state: JobState, verb: Verb) -> JobState:
    """The state after `verb`. Raises IllegalTransition."""
    if (state, verb) not in TRANSITIONS:
        raise IllegalTransition(f"{verb} is impossible for a job that is {state}")
    return TRANSITIONS[state, verb]
