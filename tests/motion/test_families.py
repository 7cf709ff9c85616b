"""The families animatediff and wan: train, save, load, generate, cancel and resume."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from services.motion import video
from services.motion.__main__ import main
from services.motion.artifacts import adapter_files
from services.motion.engine.job_runner import JobRunner
from services.motion.engine.messages import EngineEvent, EngineRequest, FailedEvent, RequestClip, ResultEvent
from services.motion.engine.model_cache import ModelCache
from services.motion.errors import CheckpointMismatch, NotABaseModel
from services.motion.families import registry
from services.motion.families.protocol import Bundle
from services.motion.method import adapters
from services.motion.progress import Canceled, StepProgress
from services.motion.shapes import VideoSize
from services.motion.training import train
from services.motion.training.train import ReferenceClip
from shared.clock import SystemClock
from shared.families import FAMILIES, Family
from shared.ids import new_id
from tests.motion import animatediff, wan
from tests.motion.inputs import make_recipe, make_signals

WRITERS: dict[str, Callable[[Path], Path]] = {
    "animatediff": animatediff.write_whole, "wan": wan.write_base, "wan-pair": wan.write_pair,
}  # fmt: skip
SPATIAL_PATHS = {"animatediff": "per-clip", "wan": "none"}
SIZE = {"num_frames": 5, "height": 32, "width": 32}


@pytest.fixture(scope="module", params=WRITERS)
def folder(request, tmp_path_factory) -> Path:
    return WRITERS[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def loaded(folder) -> Bundle:
    return registry.load(folder)


@pytest.fixture
def base(loaded) -> Bundle:
    """The loaded base model; the test must not change its network."""
    before = {key: value.clone() for key, value in loaded.network.state_dict().items()}
    yield loaded
    after = loaded.network.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[key], value) for key, value in before.items())


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> list[ReferenceClip]:
    path = tmp_path_factory.mktemp("clips")
    frames = np.random.default_rng(0).integers(0, 256, (7, 32, 32, 3), np.uint8)
    paths = [video.write(path / name, frames[:num], fps=8) for name, num in (("a.mp4", 7), ("b.mp4", 5))]
    return [ReferenceClip(each, "a cup turning") for each in paths]


def recipe_for(base: Bundle, **changes: Any) -> Any:
    spatial_path = SPATIAL_PATHS[base.family]
    return make_recipe(**{"num_frames": 5, "steps": 3, "spatial_path": spatial_path, "dropout": 0.2} | changes)


def same(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[key], two[key]) for key in one)


@torch.no_grad()
def predict(base: Bundle) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    noisy = torch.randn((2, 4, 2, 4, 4), generator=generator)
    return base.predict(noisy, torch.tensor([100, 900]), base.encode_text(["a bear", "a cup"]))


def test_shared_family_data_and_modules_agree():
    names = {family.FAMILY: family.NETWORKS[0].__name__ for family in registry.FAMILIES}
    assert names == {family: facts.network for family, facts in FAMILIES.items()}
    assert set(names) == set(get_args(Family))
    for family in registry.FAMILIES:
        assert ("spatial" in family.TARGETS) == FAMILIES[family.FAMILY].supports_spatial_path


@pytest.mark.parametrize("preset", ["tap", "tap-qk", "tap-release", "motion-director"])
def test_attached_and_detached_outputs_are_bit_equal(base, preset):
    before = predict(base)
    adapters.attach(base.network, preset, rank=2)
    assert torch.equal(predict(base), before)
    assert {name for name, each in base.network.named_parameters() if each.requires_grad} == {
        f"{name}.lora_{side}.motion.weight" for name in adapters.target_modules(base.network, preset) for side in "AB"
    }
    adapters.detach(base.network, "motion")
    assert torch.equal(predict(base), before)


def test_interrupted_and_resumed_equals_uninterrupted(base, clips, tmp_path):
    recipe = recipe_for(base, checkpoint_every=1)
    whole = train.run(base, recipe, clips, tmp_path / "whole")

    def interrupt(progress: StepProgress) -> None:
        if (progress.phase, progress.step) == ("training", 2):
            raise Canceled

    with pytest.raises(Canceled):
        train.run(base, recipe, clips, tmp_path / "cut", on_progress=interrupt)
    rest = train.run(base, recipe, clips, tmp_path / "rest", resume=tmp_path / "cut" / "checkpoint-2")
    one, two = (adapter_files.load_adapter(tmp_path / name) for name in ("whole", "rest"))
    assert (whole.resumed_from_step, rest.resumed_from_step) == (None, 2)
    assert rest.report["losses"] == whole.report["losses"][2:]
    assert (whole.report["frames_per_clip"], whole.report["base"]["family"]) == ([7, 5], base.family)
    assert same(one.tensors, two.tensors)
    assert all(matrix.any() for key, matrix in one.tensors.items() if ".lora_B." in key)
    with pytest.raises(CheckpointMismatch):
        train.run(base, recipe_for(base, seed=1), clips, tmp_path / "no", resume=tmp_path / "cut" / "checkpoint-2")


def test_the_librarys_own_loader_takes_what_we_save(base, tmp_path):
    config = adapters.attach(base.network, "motion-director", rank=2, alpha=3.0, name="made")
    generator = torch.Generator().manual_seed(3)
    tensors = {
        key: torch.randn(value.shape, generator=generator)
        for key, value in adapters.state(base.network, "made").items()
    }
    adapters.detach(base.network, "made")
    plain, adapter = predict(base), adapter_files.Adapter(config, tensors, {})
    adapter_files.save_adapter(tmp_path, adapter, components=base.lora_components)
    adapter_files.apply_adapter(base.network, adapter)
    expected = predict(base)
    adapters.detach(base.network, "motion")
    own = _with_loaders(base)
    for prefix, module in own.items():
        module.load_lora_adapter(tmp_path, prefix=prefix, weight_name="adapter.safetensors")
    assert torch.equal(predict(base), expected)
    for module in own.values():
        module.unload_lora()
    assert torch.equal(predict(base), plain)
    assert not torch.equal(expected, plain)


def _with_loaders(base: Bundle) -> dict[str, Any]:
    """The library's modules in the network, by the prefix of their layers in our file."""
    parts = {f"base_model.model.{name}": base.network.get_submodule(name) for name in base.lora_components}
    return parts or {"base_model.model": base.network}


# ---------------------------------------------------------------- the engine and the command line


def run_job(
    models: ModelCache, kind: str, spec: dict[str, Any], folder: Path, workdir: Path, **more: Any
) -> EngineEvent:
    """The final event of a job."""
    events: list[EngineEvent] = []
    request = EngineRequest(
        job_id="job_1", attempt=1, kind=kind, spec=spec, base_folder=folder, base_model="tiny", workdir=workdir, **more
    )
    JobRunner(request, models, events.append, make_signals()).run()
    return events[-1]


def test_a_training_job_and_generations_with_its_adapter(base, folder, clips, tmp_path):
    models, takes = ModelCache(torch.device("cpu")), FAMILIES[base.family]
    spec = {
        "concept_id": new_id("con", SystemClock()), "base_model": "tiny",
        "clips": [{"clip_id": new_id("clip", SystemClock()), "caption": clips[0].caption}],
        "recipe": recipe_for(base, steps=2, save_inverted_noise=True).model_dump(mode="json"),
    }  # fmt: skip
    here = [RequestClip(path=clips[0].path, caption=clips[0].caption)]
    trained = run_job(models, "training", spec, folder, tmp_path / "train", clips=here)
    assert isinstance(trained, ResultEvent)
    assert [each.shape for each in adapter_files.load_noise(tmp_path / "train")] == [
        base.latent_size(VideoSize(5, 32, 32))
    ]

    def generate(name: str, **changes: Any) -> EngineEvent:
        wanted = {
            "prompt": "a bear", "base_model": "tiny", "seed": 3, "steps": 3, "guidance_scale": 4.0, "noise_prior": 0.3,
            "scheduler": takes.samplers[0], "highway": {"mode": "off"}, **SIZE,
        }  # fmt: skip
        noise = tmp_path / "train" / adapter_files.NOISE_FILE
        return run_job(
            models,
            "generation",
            wanted | changes,
            folder,
            tmp_path / name,
            adapter=tmp_path / "train",
            inverted_noise=noise,
        )

    assert all(isinstance(generate(name), ResultEvent) for name in ("one", "two"))
    assert isinstance(generate("other", adapter_scale=0.0), ResultEvent)
    one, two, other = (adapter_files.adapter_hash(tmp_path / name / "video.mp4") for name in ("one", "two", "other"))
    assert one == two != other
    assert (models.base_loads, models.adapter_loads) == (1, 1)
    ends = [generate("highway", highway={"mode": "full"}), generate("ddim", scheduler="ddim")]
    codes = [end.code if isinstance(end, FailedEvent) else None for end in ends]
    assert codes == {"animatediff": [None, None], "wan": ["highway_unsupported", "unsuitable"]}[base.family]


def test_the_command_line_knows_the_family(base, folder, clips, tmp_path, capsys):
    """Omitted options have the family's defaults: the sampler, the highway, the spatial path."""
    size = ["--frames", "5", "--height", "32", "--width", "32"]
    arguments = [
        "train",
        "--base",
        folder,
        "--clip",
        clips[0].path,
        "--caption",
        "a cup turning",
        "--steps",
        "1",
        *size,
    ]
    assert main([str(each) for each in [*arguments, "--out", tmp_path / "adapter"]]) == 0
    arguments = [
        "sample",
        "--base",
        folder,
        "--adapter",
        tmp_path / "adapter",
        "--prompt",
        "a bear",
        "--steps",
        "2",
        *size,
    ]
    assert main([str(each) for each in [*arguments, "--out", tmp_path / "video.mp4"]]) == 0
    assert video.read(tmp_path / "video.mp4", fps=8, height=32, width=32).shape[1:] == (32, 32, 3)
    capsys.readouterr()


# ---------------------------------------------------------------- which family a folder is of


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ({}, "names no network; known: unet UNet3DConditionModel (unet3d), unet UNetMotionModel"),
        ({"unet": [None, None]}, "names no network"),
        ({"transformer": ["diffusers", "LTXVideoTransformer3DModel"]}, "transformer LTXVideoTransformer3DModel; known"),
        ({"unet": ["diffusers", "UNet2DConditionModel"]}, "which makes images"),
    ],
)
def test_a_folder_of_no_family_is_refused(tmp_path, index, expected):
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(NotABaseModel) as caught:
        registry.load(tmp_path)
    assert expected in str(caught.value)
