"""Starts the probe process, enforces its timeout and reads its report."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from services.clips.probe import NOT_CONFINED, REPORT, THUMBNAIL, VIDEO, ProbeReport
from services.clips.probe_result import Limits, Media, Reason, Rejected
from shared.errors import Unavailable

__all__ = ["THUMBNAIL", "VIDEO", "examine"]

LOG = "probe.log"
PROJECT = Path(__file__).resolve().parents[2]
_COSTLY = Rejected(reason=Reason.TOO_COSTLY, message="The video takes too much time or memory to read.")
_CRASHED = Rejected(reason=Reason.DAMAGED, message="The video could not be read.")


def examine(source: Path, folder: Path, limits: Limits) -> Media | Rejected:
    """Run the probe on `source`. For a usable clip it writes `VIDEO` and `THUMBNAIL` into `folder`.

    The probe's environment contains only what Python needs to start, and no secrets. Raises Unavailable if it could not
    be confined.
    """
    command = [sys.executable, "-P", "-m", "services.clips.probe", str(source), str(folder), limits.model_dump_json()]
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(PROJECT), "MALLOC_ARENA_MAX": "2"}
    with (folder / LOG).open("wb") as log:
        try:
            ended = subprocess.run(  # noqa: S603 - our own module; the file's path is an argument, not a command
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                timeout=limits.wall_seconds, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return _COSTLY
    if ended.returncode == NOT_CONFINED:
        raise Unavailable(f"the probe is {(folder / LOG).read_text(errors='replace').strip()}")
    if ended.returncode != 0:
        return _COSTLY if ended.returncode in (-signal.SIGXCPU, -signal.SIGKILL) else _CRASHED
    report = ProbeReport.model_validate_json((folder / REPORT).read_bytes())
    return report.media or report.rejected or _CRASHED
