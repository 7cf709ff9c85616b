"""`make demo` with a tiny base model: the files that it writes, also after a `kill -9`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from deploy.demo import reference_clips
from deploy.embedded.credentials import last_port
from shared.sockets import listen
from tests.e2e import processes
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
MAX_ANIMATION_BYTES = 1_500_000

pytestmark = pytest.mark.timeout(900)


def _demo(folder: Path, base: Path) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-u", "-m", "deploy.demo", "--base", f"choreo-world={base}"]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "sdk" / "python" / "src")])
    environment = os.environ | {"PYTHONPATH": paths, "CHOREO_ENGINE_THREADS": "1"}
    return subprocess.Popen(argv, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)


def test_a_killed_demo_continues_and_reports_everything(tiny_base: Path, tmp_path: Path):
    folder = tmp_path / ".demo"
    with _demo(tmp_path, tiny_base) as first:
        assert first.stdout
        assert any("Choreo: training" in line for line in first.stdout)
        (service,) = [child.pid for child in processes.children(first.pid)]
        first.kill()
    run = json.loads((folder / "run.json").read_text())["run"]
    port = last_port(folder / "service")
    wait_until(lambda: not processes.is_alive(service), timeout=60, what="the service's end after the demo's")

    with listen("127.0.0.1", port or 0), _demo(tmp_path, tiny_base) as second:  # it can't have its old port again
        output, _ = second.communicate()
    assert second.returncode == 0, output
    report = json.loads((folder / "report.json").read_text())
    assert report["webhook_verified"] is True
    assert report["seconds"] > 0
    presets = {arm["name"]: arm["recipe"] and arm["recipe"]["preset"] for arm in report["arms"]}
    assert presets == {"Choreo": "tap", "MotionDirector": "motion-director", "base model": None}
    assert [bool(arm["concept_version"]) for arm in report["arms"]] == [True, True, False]
    assert report["arms"][0]["concept_version"].startswith("con_")
    assert [(video["arm"], video["spec"]["highway"]["mode"]) for video in report["videos"]] == [
        *[("Choreo", "release")] * 3,
        *[("MotionDirector", "off")] * 3,
        *[("base model", "off")] * 3,
    ]
    assert report["arms"][1]["recipe"]["timestep_range"] == [0.6, 1.0]
    assert {video["spec"]["phase"] for video in report["videos"][3:]} == {1.0}
    assert {video["spec"]["prompt"] for video in report["videos"]} == {
        subject.caption(reference_clips.MOTION) for subject in reference_clips.SUBJECTS
    }
    for video in report["videos"]:
        assert (tmp_path / video["path"]).stat().st_size > 0
        assert set(video["scores"]) == {"text_alignment", "leakage", "motion_fidelity"}
    for name in ("picture", "contact_sheet"):
        assert (tmp_path / report[name]).stat().st_size > 0
        assert report[name] in output
    assert _num_frames(tmp_path / report["picture"]) == reference_clips.NUM_FRAMES
    assert "left" in output
    assert "signature verified" in output
    assert not (folder / "run.json").exists()
    concepts = [path.name for path in (folder / "service" / "storage").rglob("con_*")]
    assert len(concepts) == 1, f"the run {run} was to be continued, not begun again"


def test_the_committed_animation_moves_for_ever_and_is_small():
    file = ROOT / "docs" / "demo.webp"
    assert "](docs/demo.webp)" in (ROOT / "README.md").read_text()
    assert file.stat().st_size < MAX_ANIMATION_BYTES
    assert _num_frames(file) == reference_clips.NUM_FRAMES


def _num_frames(file: Path) -> int:
    """The frames of an animation that repeats without end."""
    with Image.open(file) as image:
        assert image.info["loop"] == 0
        return getattr(image, "n_frames", 1)
