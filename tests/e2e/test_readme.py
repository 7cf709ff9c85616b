"""The README's lines, run as they are written."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.stack import running
from tests.videos import read_frames

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lines() -> str:
    """The shell lines that a reader pastes."""
    (block,) = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    return block


def test_the_curl_lines_work_as_pasted(lines: str, tiny_base: Path, tmp_path: Path):
    if not shutil.which("curl") and not os.environ.get("CI"):
        pytest.skip("curl is not installed")
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    with running(tmp_path / ".choreo", "--base", f"choreo-world={tiny_base}"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail"],
            input=lines,
            cwd=tmp_path,
            check=False,
            capture_output=True,
            text=True,
            timeout=200,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "event: training.succeeded" in done.stdout
    assert len(read_frames(tmp_path / "orbit.mp4")) == 4
