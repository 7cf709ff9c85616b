"""The limited process that opens strangers' files: `python -m services.clips.probe SOURCE FOLDER LIMITS`.

It leaves `report.json` in the folder, and beside it `video.mp4` and `thumbnail.jpg` for a clip that is usable.
"""

import errno
import os
import resource
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from services.clips.probe_result import Limits, Media, Reason, Rejected, Unusable

REPORT, VIDEO, THUMBNAIL = "report.json", "video.mp4", "thumbnail.jpg"
_EXHAUSTED = (errno.ENOMEM, errno.EAGAIN, errno.EFBIG, errno.ENOSPC)


class Report(BaseModel):
    """What the probe hands back: exactly one of the two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    media: Media | None = None
    rejected: Rejected | None = None


def confine(limits: Limits) -> None:
    """Takes away what a hostile file could use up: memory, processor time, disk, open files, core dumps."""
    for what, most in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    if sys.platform == "linux":  # elsewhere address space cannot be limited
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    os.nice(5)


def probe(source: Path, folder: Path, limits: Limits) -> Report:
    """Examines one file."""
    from av.error import ExternalError, FFmpegError  # noqa: PLC0415 - only after the limits hold

    from services.clips.canonical import make_canonical  # noqa: PLC0415

    try:
        return Report(media=make_canonical(source, folder / VIDEO, folder / THUMBNAIL, limits))
    except Unusable as error:
        return _rejected(error.reason, error.message)
    except MemoryError:
        return _rejected(Reason.TOO_COSTLY, "The video needs too much memory to read.")
    except FFmpegError as error:
        if isinstance(error, ExternalError) or error.errno in _EXHAUSTED:  # x264 says so little when its malloc fails
            return _rejected(Reason.TOO_COSTLY, "The video needs more room than it may have.")
        return _rejected(Reason.DAMAGED, f"The video could not be read: {error.strerror}.")


def _rejected(reason: Reason, message: str) -> Report:
    return Report(rejected=Rejected(reason=reason, message=message))


def main(argv: list[str]) -> int:
    """Runs the probe under its limits and leaves the report."""
    source, folder, limits = Path(argv[0]), Path(argv[1]), Limits.model_validate_json(argv[2])
    confine(limits)
    report = probe(source, folder, limits)
    (folder / REPORT).write_text(report.model_dump_json())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
