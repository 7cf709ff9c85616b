"""The README's lines, run as they are written."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.stack import running
from tests.videos import read_frames

ROOT = Path(__file__).parents[2]


PATIENCE = 300.0
"""Seconds that a busy machine may take; an idle one takes ten."""
SPOKEN = {"sh": ["bash", "-euo", "pipefail"], "python": [sys.executable, "-"]}

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def folder(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where a reader stands, with a running service."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "deploy").symlink_to(ROOT / "deploy")
    with running(folder / ".choreo", "--base", f"choreo-world={tiny_base}"):
        yield folder


def _pasted(language: str, folder: Path) -> str:
    """What the README's only block of a language prints; the video that it fetches is looked at."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    (folder / "orbit.mp4").unlink(missing_ok=True)
    done = subprocess.run(
        SPOKEN[language], input=block, cwd=folder, check=False, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(read_frames(folder / "orbit.mp4")) == 4
    return done.stdout


def test_the_curl_lines_work_as_pasted(folder: Path):
    if not shutil.which("curl") and not os.environ.get("CI"):
        pytest.skip("curl is not installed")
    assert "event: training.succeeded" in _pasted("sh", folder)


def test_the_python_lines_work_as_pasted(folder: Path):
    assert _pasted("python", folder).splitlines()[-1] == "succeeded 1.0"
