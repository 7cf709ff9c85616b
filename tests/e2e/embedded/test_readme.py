"""The commands of the README and the guide, run as written."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from deploy.embedded.credentials import Credentials
from tests.e2e.embedded.stack import EmbeddedStack
from tests.e2e.pasted import ROOT, blocks, session, typed
from tests.videos import read_frames

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def folder(stack: EmbeddedStack, credentials: Credentials) -> Path:
    """The reader's working folder, with a running service."""
    for name in ("deploy", "docs"):
        (stack.home / name).symlink_to(ROOT / name)
    (stack.home / ".venv").symlink_to(Path(sys.prefix))
    return stack.home


def _pasted(language: str, folder: Path) -> str:
    """The output of the README's only block of a language; the video that it downloads is checked."""
    [(_, block)] = blocks("README.md", language)
    (folder / "orbit.mp4").unlink(missing_ok=True)
    said = typed(language, block, folder)
    assert len(read_frames(folder / "orbit.mp4")) == 4
    return said


def _needs_curl() -> None:
    if not shutil.which("curl") and not os.environ.get("CI"):
        pytest.skip("curl is not installed")


def test_the_curl_lines_work_as_pasted(folder: Path):
    _needs_curl()
    assert "event: training.succeeded" in _pasted("sh", folder)


def test_the_python_lines_work_as_pasted(folder: Path):
    assert _pasted("python", folder).splitlines()[-1] == "succeeded 1.0"


def test_the_guide_works_as_pasted(folder: Path):
    _needs_curl()
    (folder / "orbit.mp4").unlink(missing_ok=True)
    said = typed("sh", session("docs/guide.md"), folder)
    for expected in (
        "training.succeeded job_",
        "generation.succeeded job_",
        "succeeded 100%",
        "learned con_",
        "whsec_",
    ):
        assert expected in said
    assert len(read_frames(folder / "orbit.mp4")) == 4
