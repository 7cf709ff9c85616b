"""The command line."""

import json
import re
import shutil

import pytest

from services.motion import video
from services.motion.__main__ import main
from services.motion.artifacts import adapter_files
from tests.videos import write_video

SMALL = ["--seed", "3", "--frames", "4", "--height", "32", "--width", "32"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("clips") / "clip.mp4", num_frames=6)


@pytest.fixture(scope="module")
def trained(base_folder, clip, tmp_path_factory):
    """What `train` writes."""
    out = tmp_path_factory.mktemp("trained")
    arguments = [
        "train", "--base", base_folder, "--clip", clip, "--caption", "a cup turning", "--clip", clip, "--caption",
        "a car turning", "--preset", "tap", "--steps", "2", "--rank", "2", "--save-inverted-noise", *SMALL, "--out",
        out, "--highway", "full", "--horizontal-flip", "--gradient-checkpointing", "on", "--base-dtype", "bfloat16",
    ]  # fmt: skip
    assert main([str(argument) for argument in arguments]) == 0
    return out


def run_sample(base, out, *more):
    return main([str(each) for each in ("sample", "--base", base, "--prompt", "a bear", "--out", out, *SMALL, *more)])


def test_train_takes_the_rest_from_the_release(trained):
    recipe = adapter_files.load_adapter(trained).recipe["recipe"]
    assert (recipe["preset"], recipe["steps"], recipe["rank"], recipe["seed"]) == ("tap", 2, 2, 3)
    assert (recipe["alpha"], recipe["learning_rate"], recipe["spatial_path"]) == (2.0, 5e-4, "shared")
    assert (recipe["highway"], recipe["horizontal_flip"]) == ({"mode": "full", "gain": 1.1}, True)
    assert len(adapter_files.load_noise(trained)) == 2
    report = json.loads((trained / "report.json").read_text())
    assert (report["base_dtype"], report["gradient_checkpointing"]) == ("bfloat16", True)


def test_sample_is_reproducible_and_uses_its_options(base_folder, trained, tmp_path, capsys):
    plain = ["--adapter", trained, "--highway", "full", "--steps", "2"]
    for name, more in {
        "one": [], "two": [], "guidance": ["--guidance", "2"], "prior": ["--noise-prior", "0.5"],
        "negative": ["--negative-prompt", "a car"], "phase": ["--phase", "0"], "gain": ["--gain", "1.4"],
    }.items():  # fmt: skip
        assert run_sample(base_folder, tmp_path / f"{name}.mp4", *plain, *more) == 0
    captured = capsys.readouterr()
    videos = {path.stem: path.read_bytes() for path in tmp_path.iterdir()}
    assert videos["one"] == videos["two"]
    assert len(set(videos.values())) == len(videos) - 1
    assert video.read(tmp_path / "one.mp4", fps=8, height=32, width=32).shape == (4, 32, 32, 3)
    assert re.search(r"sampling: +100%", captured.err)
    assert captured.out.splitlines()[0] == str(tmp_path / "one.mp4")


def test_defaults_come_from_the_bases_card(base_folder, tmp_path):
    base = shutil.copytree(base_folder, tmp_path / "base")
    defaults = {"num_frames": 3, "height": 32, "width": 48, "steps": 1, "highway": {"mode": "off"}}
    (base / "choreo.json").write_text(json.dumps({"generation_defaults": defaults}))
    out = tmp_path / "video.mp4"
    assert main(["sample", "--base", str(base), "--prompt", "a bear", "--out", str(out)]) == 0
    assert video.read(out, fps=8, height=32, width=48).shape == (3, 32, 48, 3)


WRONG = {
    "no base": (["--base", "/nowhere"], "is not a folder"),
    "no adapter": (["--adapter", "/nowhere"], "No such file"),
    "odd size": (["--height", "36"], "multiples of 8"),
    "no steps": (["--steps", "0"], "steps: "),
    "no noise": (["--noise-prior", "2"], "noise_prior: "),
    "no safetensors": (["--adapter", __file__], "not a safetensors file"),
    "no device": (["--device", "abacus"], "unknown device 'abacus'"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_error_messages(base_folder, tmp_path, capsys, kind):
    more, expected = WRONG[kind]
    assert run_sample(base_folder, tmp_path / "video.mp4", *more) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: ")
    assert expected in message
    assert "Traceback" not in message


def test_clips_and_captions_must_pair_up(base_folder, clip, tmp_path, capsys):
    arguments = ["train", "--base", base_folder, "--clip", clip, "--clip", clip, "--caption", "x", "--out", tmp_path]
    assert main([str(argument) for argument in arguments]) == 2
    assert "2 clips and 1 captions" in capsys.readouterr().err


def test_clip_that_is_not_a_video(base_folder, tmp_path, capsys):
    (tmp_path / "clip.mp4").write_text("words")
    arguments = ["train", "--base", base_folder, "--clip", tmp_path / "clip.mp4", "--caption", "x", "--out", tmp_path]
    assert main([str(argument) for argument in [*arguments, *SMALL]]) == 2
    assert "clip.mp4: " in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "sample"])
def test_help_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert "--base DIR" in text
    assert "choreo.json" in text
