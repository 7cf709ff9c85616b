"""The exit statuses of the command; they are stable."""

from enum import IntEnum

from choreo.command.concept_names import AmbiguousName, NoSuchName
from choreo.errors import (
    ChoreoError,
    ClipRejected,
    Conflict,
    Forbidden,
    Invalid,
    InvalidArgument,
    JobCanceled,
    JobFailed,
    NotConfigured,
    NotFound,
    RateLimited,
    StillRunning,
    TooLarge,
    TransferFailed,
    Unauthorized,
    Unavailable,
    Unreachable,
)


class Exit(IntEnum):
    """Exit statuses of the command."""

    OK = 0
    OTHER = 1
    USAGE = 2
    NO_ACCESS = 3
    NOT_FOUND = 4
    REFUSED = 5
    UNAVAILABLE = 6
    JOB_FAILED = 7
    JOB_CANCELED = 8
    TIMED_OUT = 9
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "success",
    Exit.OTHER: "any other error: a file that cannot be read or written, a defect of the service",
    Exit.USAGE: "the command line is invalid",
    Exit.NO_ACCESS: "no address, no key, or a key without the needed scope",
    Exit.NOT_FOUND: "not found",
    Exit.REFUSED: "the service refused the request: an invalid field, a rejected clip, a conflict",
    Exit.UNAVAILABLE: "the service or its storage does not answer or is too busy",
    Exit.JOB_FAILED: "the job failed",
    Exit.JOB_CANCELED: "the job was canceled",
    Exit.TIMED_OUT: "--timeout expired; the job continues",
    Exit.INTERRUPTED: "Ctrl-C",
}

_OF_ERRORS: tuple[tuple[tuple[type[ChoreoError], ...], Exit], ...] = (
    ((NotConfigured, Unauthorized, Forbidden), Exit.NO_ACCESS),
    ((NotFound, NoSuchName), Exit.NOT_FOUND),
    ((AmbiguousName, InvalidArgument), Exit.USAGE),
    ((Conflict, Invalid, TooLarge, ClipRejected), Exit.REFUSED),
    ((Unreachable, Unavailable, RateLimited, TransferFailed), Exit.UNAVAILABLE),
    ((JobFailed,), Exit.JOB_FAILED),
    ((JobCanceled,), Exit.JOB_CANCELED),
    ((StillRunning,), Exit.TIMED_OUT),
)


def exit_status_of(error: ChoreoError) -> Exit:
    """The exit status of an error."""
    return next((status for kinds, status in _OF_ERRORS if isinstance(error, kinds)), Exit.OTHER)
