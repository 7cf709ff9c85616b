"""A worker that is told to end, and whose job does not let go."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import threading
from worker.shared_event import SharedEvent
from worker.processes.celery_worker import _leave
leaving = SharedEvent()
_leave(leaving, within=0.1)
assert leaving.is_raised
threading.Event().wait(60)
"""


def test_it_goes_without_once_its_time_is_over():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=False,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert (done.returncode, "its lease will" in done.stderr) == (1, True)
