import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded.folder_lock import AlreadyRunning, FolderLock

HOLD = """
import sys
from pathlib import Path
from deploy.embedded.folder_lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_holder_is_refused_with_the_holders_pid(holder: "subprocess.Popen[str]", tmp_path: Path):
    with pytest.raises(AlreadyRunning, match=f"pid {holder.pid}") as refusal:
        FolderLock(tmp_path)
    assert str(tmp_path) in str(refusal.value)


def test_the_lock_dies_with_a_killed_process(holder: "subprocess.Popen[str]", tmp_path: Path):
    os.kill(holder.pid, signal.SIGKILL)
    lock = FolderLock(tmp_path, wait=10.0)
    assert f'"pid": {os.getpid()}' in (tmp_path / "lock").read_text()
    lock.release()


def test_a_released_folder_is_free(tmp_path: Path):
    FolderLock(tmp_path).release()
    FolderLock(tmp_path).release()
