"""The sandboxed process that opens untrusted files: `python -m services.clips.probe SOURCE FOLDER LIMITS`.

It writes `report.json` into the folder, and `video.mp4` and `thumbnail.jpg` for a usable clip.
"""

import errno
import os
import resource
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from services.clips.probe_result import Limits, Media, Reason, Rejected
from services.video.limits import Unusable
from shared import confinement
from shared.processes import end_with_parent

NOT_CONFINED = 71
"""Exit status: the operating system refused what it should be able to do (`EX_OSERR` of sysexits.h)."""
REPORT, VIDEO, THUMBNAIL = "report.json", "video.mp4", "thumbnail.jpg"
_EXHAUSTED = (errno.ENOMEM, errno.EAGAIN, errno.EFBIG, errno.ENOSPC)


class ProbeReport(BaseModel):
    """The probe's result: exactly one field is set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    media: Media | None = None
    rejected: Rejected | None = None


def confine(limits: Limits, source: Path | None = None, folder: Path | None = None) -> None:
    """Set resource limits, and give up the network, other processes and all files but `source` and those in `folder`.

    The limits are of memory, CPU time, file size, open files and core dumps. Raises OSError.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds_for(limits.max_pixels)))
    for what, most in (
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    if sys.platform == "linux":  # RLIMIT_AS has no effect on other systems
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    os.nice(5)
    readable = (*confinement.own_files("services", "shared"), *([str(source)] if source else ()))
    confinement.enter(confinement.Files(readable, (str(folder),) if folder else ()), namespaces=True)


def _limit_cpu(seconds: int) -> None:
    """Set the CPU time by what the clip's pixels cost, within the limit of the most expensive clip."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def probe(source: Path, folder: Path, limits: Limits) -> ProbeReport:
    """Examine one file."""
    from av.error import ExternalError, FFmpegError  # noqa: PLC0415 - only after the limits hold

    from services.clips.canonical import make_canonical  # noqa: PLC0415
    from services.video.reader import Clip  # noqa: PLC0415

    try:
        clip = Clip(source, limits)
        _limit_cpu(limits.cpu_seconds_for(clip.num_pixels))
        return ProbeReport(media=make_canonical(clip, folder / VIDEO, folder / THUMBNAIL, limits))
    except Unusable as error:
        return _rejected(error.reason, error.message)
    except MemoryError:
        return _rejected(Reason.TOO_COSTLY, "The video needs too much memory to read.")
    except FFmpegError as error:
        if (
            isinstance(error, ExternalError) or error.errno in _EXHAUSTED
        ):  # x264 reports a failed malloc only as an external error
            return _rejected(Reason.TOO_COSTLY, "The video needs more room than it may have.")
        return _rejected(Reason.DAMAGED, f"The video could not be read: {error.strerror}.")


def _rejected(reason: Reason, message: str) -> ProbeReport:
    return ProbeReport(rejected=Rejected(reason=reason, message=message))


def main(argv: list[str]) -> int:
    """Run the probe under its limits and write the report."""
    source, folder, limits = Path(argv[0]), Path(argv[1]), Limits.model_validate_json(argv[2])
    try:
        confine(limits, source, folder)
    except OSError as error:
        sys.stderr.write(f"not confined: {error}\n")
        return NOT_CONFINED
    end_with_parent()
    report = probe(source, folder, limits)
    (folder / REPORT).write_text(report.model_dump_json())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
