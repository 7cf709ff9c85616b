"""The evaluation recipe on the tiny base model, alone and at the end of a training."""

import json

import numpy as np
import pytest
import torch

from services.motion import video
from services.motion.__main__ import main
from services.motion.artifacts import adapter_files
from services.motion.engine.job_runner import JobRunner
from services.motion.engine.messages import (
    CanceledEvent,
    EngineRequest,
    FailedEvent,
    ProgressEvent,
    RequestClip,
    ResultEvent,
)
from services.motion.engine.model_cache import ModelCache
from services.motion.evaluation import evaluate
from services.motion.evaluation.evaluate import References
from services.motion.training import train
from shared.clock import SystemClock
from shared.ids import new_id
from shared.schemas.evaluation import EvaluationSettings
from tests.motion.inputs import make_recipe, make_signals
from tests.motion.textures import RIGHT, clip

CAPTION = "a cup turning"
TRIAL = {
    "prompts": ["a bear", CAPTION], "seeds": [3, 4], "num_frames": 3, "height": 32, "width": 32, "steps": 2,
    "guidance_scale": 1.0, "highway": {"mode": "off"},
}  # fmt: skip
MEASURED = {"temporal_consistency", "diversity", "leakage", "motion_fidelity"}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    path = video.write(tmp_path_factory.mktemp("clips") / "clip.mp4", clip(RIGHT), fps=8)
    return train.ReferenceClip(path, CAPTION)


@pytest.fixture(scope="module")
def trained_model(session_bundle, reference, tmp_path_factory):
    """What `train` writes."""
    folder = tmp_path_factory.mktemp("trained")
    train.run(session_bundle, make_recipe(), [reference], folder)
    return folder


def test_a_version_is_performed_measured_and_drawn(bundle, trained_model, reference, tmp_path):
    steps = []
    result = evaluate.run(
        bundle,
        EvaluationSettings.model_validate(TRIAL),
        tmp_path,
        adapter=adapter_files.load_adapter(trained_model),
        references=References([reference]),
        on_progress=lambda progress: steps.append((progress.phase, progress.step, progress.total_steps)),
    )
    report = result.report
    assert json.loads((tmp_path / "report.json").read_text()) == report
    assert report["metrics"].keys() == MEASURED
    assert report["base_metrics"].keys() == MEASURED - {"leakage"}
    assert report["not_measured"] == {"text_alignment": "no CLIP is configured"}
    assert "colour histograms" in report["measured_by"]["diversity"]
    assert "Lucas-Kanade" in report["measured_by"]["motion_fidelity"]
    assert [(one["prompt"], one["seed"]) for one in report["clips"]] == [
        ("a bear", 3), ("a bear", 4), (CAPTION, 3), (CAPTION, 4),
    ]  # fmt: skip
    assert [one["metrics"]["leakage"] is None for one in report["clips"]] == [False, False, True, True]
    names = [path.relative_to(tmp_path).as_posix() for path in result.files]
    assert names == ["previews/prompt-01.mp4", "previews/prompt-02.mp4", "contact-sheet.png", "report.json"]
    assert video.read(result.files[0], fps=8, height=32, width=32).shape == (3, 32, 32, 3)
    assert steps == [("sampling", n, 4) for n in range(1, 5)] + [("measuring", 1, 2), ("measuring", 2, 2)]


def test_the_base_is_measured_too_and_an_adapter_without_weight_is_the_base(bundle, trained_model, reference, tmp_path):
    adapter = adapter_files.load_adapter(trained_model)
    idle = EvaluationSettings.model_validate(TRIAL | {"adapter_scale": 0.0, "prompts": ["a bear", "a dog"]})
    found = evaluate.run(bundle, idle, tmp_path, adapter=adapter, references=References([reference])).report
    assert found["metrics"]["leakage"] == pytest.approx(0.0, abs=1e-6)
    same = {name: value for name, value in found["metrics"].items() if name != "leakage"}
    assert same == pytest.approx(found["base_metrics"])


def test_without_its_clips_the_rest_is_measured_and_the_report_says_what_is_gone(bundle, trained_model, tmp_path):
    gone = References([], ["clip_1"])
    found = evaluate.run(
        bundle,
        EvaluationSettings.model_validate(TRIAL),
        tmp_path,
        adapter=adapter_files.load_adapter(trained_model),
        references=gone,
    ).report
    assert found["metrics"].keys() == {"temporal_consistency", "diversity"}
    assert "clip_1" in found["not_measured"]["motion_fidelity"]
    assert "clip_1" in found["not_measured"]["leakage"]
    assert found["missing_clips"] == ["clip_1"]


@pytest.mark.parametrize(("num_clips", "num_reference_windows"), [(1, 6), (3, 15), (20, 16)])
def test_windows_are_spread_over_long_clips_and_many(reference, num_clips, num_reference_windows):
    windows = evaluate._reference_windows(EvaluationSettings.model_validate(TRIAL), [reference] * num_clips)
    assert len(windows) == num_reference_windows
    assert {window.frames_FHWX.shape for window in windows} == {(3, 32, 32, 3)}
    if num_clips == 1:
        whole = video.read(reference.path, fps=8, height=32, width=32)
        assert np.array_equal(windows[0].frames_FHWX, whole[:3])
        assert np.array_equal(windows[-1].frames_FHWX, whole[-3:])


# ---------------------------------------------------------------- the engine


class Engine:
    """The job runner in this process."""

    def __init__(self, base):
        self.base, self.model_cache, self.events = base, ModelCache(torch.device("cpu")), []
        self.wanted = lambda: False

    def run(self, kind, spec, workdir, **more):
        request = EngineRequest(
            job_id="job_1",
            attempt=1,
            kind=kind,
            spec=spec,
            base_folder=self.base,
            base_model="tiny",
            workdir=workdir,
            **more,
        )
        JobRunner(
            request, self.model_cache, self.events.append, make_signals(take_checkpoint_request=self.wanted)
        ).run()
        return self.events[-1]


@pytest.fixture
def engine(base_folder):
    return Engine(base_folder)


def training(**trial):
    concept, clip_id = new_id("con", SystemClock()), new_id("clip", SystemClock())
    return {
        "concept_id": concept, "base_model": "tiny", "clips": [{"clip_id": clip_id, "caption": CAPTION}],
        "recipe": make_recipe().model_dump(mode="json"), "evaluation": TRIAL | trial,
    }  # fmt: skip


def clips_of(reference):
    return [RequestClip(path=reference.path, caption=reference.caption)]


def test_a_training_ends_by_evaluating_itself(engine, reference, tmp_path):
    end = engine.run("training", training(), tmp_path, clips=clips_of(reference))
    assert isinstance(end, ResultEvent), end
    assert end.report["metrics"].keys() == MEASURED | {"final_loss"}
    assert set(end.files) == {
        "adapter.safetensors", "adapter_config.json", "report.json", "previews/prompt-01.mp4", "previews/prompt-02.mp4",
        "contact-sheet.png",
    }  # fmt: skip
    stored = json.loads((tmp_path / "report.json").read_text())
    assert stored["evaluation"]["trial"]["prompts"] == TRIAL["prompts"]
    assert stored["metrics"] == end.report["metrics"]
    fractions = [event.fraction for event in engine.events if isinstance(event, ProgressEvent)]
    assert fractions == sorted(fractions)


def test_what_it_could_not_perform_fails_before_it_is_trained(engine, reference, tmp_path):
    end = engine.run("training", training(height=36), tmp_path, clips=clips_of(reference))
    assert isinstance(end, FailedEvent)
    assert (end.code, {event.phase for event in engine.events[:-1]}) == ("unsuitable", {"loading"})


def test_an_evaluation_that_fails_costs_no_adapter(engine, reference, tmp_path):
    end = engine.run("training", training(), tmp_path, clips=clips_of(reference), clip_model=tmp_path / "none")
    assert isinstance(end, ResultEvent)
    assert end.report["metrics"].keys() == {"final_loss"}
    assert "NotAMetricModel" in json.loads((tmp_path / "report.json").read_text())["evaluation"]["failed"]


def test_a_worker_that_leaves_does_not_wait_for_the_evaluation(engine, reference, tmp_path):
    engine.wanted = lambda: any(getattr(event, "phase", "") == "sampling" for event in engine.events)
    end = engine.run("training", training(), tmp_path, clips=clips_of(reference))
    assert isinstance(end, CanceledEvent)


def test_an_evaluation_is_a_job_and_reproducible(engine, trained_model, reference, tmp_path):
    spec = TRIAL | {"concept": {"concept_id": new_id("con", SystemClock()), "version": 1}, "base_model": "tiny"}
    more = {"adapter": trained_model, "clips": clips_of(reference)}
    one, two = (engine.run("evaluation", spec, tmp_path / name, **more) for name in ("one", "two"))
    assert isinstance(one, ResultEvent), one
    assert one.report["metrics"] == two.report["metrics"]
    assert "previews/prompt-01.mp4" in one.files
    alone = engine.run("evaluation", spec, tmp_path / "alone", adapter=trained_model, missing_clips=["clip_9"])
    assert alone.report["missing_clips"] == ["clip_9"]
    lost = engine.run("evaluation", spec, tmp_path / "lost")
    assert (lost.code, lost.fault) == ("adapter_unreadable", "service")


# ---------------------------------------------------------------- the command line


def test_the_command_prints_each_metric_and_who_measured_it(base_folder, trained_model, reference, tmp_path, capsys):
    arguments = [
        "evaluate", "--base", base_folder, "--adapter", trained_model, "--clip", reference.path, "--prompt", "a bear",
        "--prompt", "a dog", "--samples", "1", "--frames", "3", "--height", "32", "--width", "32", "--steps", "2",
        "--guidance", "1", "--out", tmp_path,
    ]  # fmt: skip
    assert main([str(argument) for argument in arguments]) == 0
    printed = capsys.readouterr().out
    assert "motion_fidelity" in printed
    assert "point tracks by OpenCV" in printed
    assert "no CLIP is configured" in printed
    assert str(tmp_path / "report.json") in printed
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["trial"]["seeds"] == [0]
    assert np.isfinite(list(report["metrics"].values())).all()


def test_a_folder_without_clip_is_named(base_folder, trained_model, tmp_path, capsys):
    arguments = [
        "evaluate",
        "--base",
        base_folder,
        "--adapter",
        trained_model,
        "--clip-model",
        tmp_path,
        "--out",
        tmp_path,
    ]
    small = ["--frames", "3", "--height", "32", "--width", "32", "--steps", "1", "--samples", "1"]
    assert main([str(argument) for argument in [*arguments, *small]]) == 2
    assert f"{tmp_path / 'config.json'}" in capsys.readouterr().err
