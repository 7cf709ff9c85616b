"""`make demo` from end to end with a base of hardly any weights: what it leaves behind, also after a kill -9."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import samples
from deploy.access import last_port
from shared.sockets import listen
from tests.e2e import processes
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(900)


def _demo(folder: Path, base: Path) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-u", "-m", "deploy.demo", "--base", f"choreo-world={base}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CHOREO_ENGINE_THREADS": "1"}
    return subprocess.Popen(argv, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)


def test_a_killed_demo_goes_on_and_reports_everything(tiny_base: Path, tmp_path: Path):
    with _demo(tmp_path, tiny_base) as first:
        assert first.stdout
        assert any("train tap" in line for line in first.stdout)
        (stack,) = [child.pid for child in processes.children(first.pid)]
        first.kill()
    run = json.loads((tmp_path / ".demo" / "walk.json").read_text())["run"]
    port = last_port(tmp_path / ".demo" / "stack")
    wait_until(lambda: not processes.is_alive(stack), timeout=60, what="the stack's end after the demo's")

    with listen("127.0.0.1", port or 0), _demo(tmp_path, tiny_base) as second:  # it can't have its old port again
        output, _ = second.communicate()
    assert second.returncode == 0, output
    report = json.loads((tmp_path / ".demo" / "report.json").read_text())
    assert report["webhook_verified"] is True
    assert report["concept_version"].startswith("con_")
    assert report["seconds"] > 0
    assert [(video["preset"], video["highway"]) for video in report["videos"]] == [
        *[("tap-qko", "release")] * 3,
        *[("motion-director", "off")] * 3,
        *[(None, "off")] * 3,
    ]
    assert {video["prompt"] for video in report["videos"]} == {
        subject.caption(samples.MOTION) for subject in samples.SUBJECTS
    }
    for video in report["videos"]:
        assert (tmp_path / video["path"]).stat().st_size > 0
        assert set(video["scores"]) == {"text_alignment", "leakage", "motion_fidelity"}
        assert str(video["path"]) in output
    assert (tmp_path / report["contact_sheet"]).stat().st_size > 0
    assert "signature verified" in output
    assert not (tmp_path / ".demo" / "walk.json").exists()
    concepts = [path.name for path in (tmp_path / ".demo" / "stack" / "storage").rglob("con_*")]
    assert len(concepts) == 1, f"the walk {run} was to be continued, not begun again"
