"""Base models in half precision: adapters, losses and optimizers are float32; training, saving and sampling work."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from services.motion.artifacts import adapter_files
from services.motion.compute import precision
from services.motion.engine.client import Engine
from services.motion.errors import Unsuitable
from services.motion.families import registry
from services.motion.families.protocol import Bundle
from services.motion.method import adapters, noise
from services.motion.sampling import sample
from services.motion.shapes import VideoSize
from services.motion.training import train
from services.motion.training.trainer import Trainer
from tests.motion import animatediff, wan
from tests.motion.inputs import make_recipe
from tests.motion.models import write_base

WRITERS = {"unet3d": write_base, "animatediff": animatediff.write_whole, "wan": wan.write_base}
HALF = torch.bfloat16


@pytest.fixture(scope="module", params=WRITERS)
def half(request, tmp_path_factory) -> Bundle:
    """A tiny base whose weights are bfloat16."""
    return registry.load(WRITERS[request.param](tmp_path_factory.mktemp("base")), dtype=HALF)


def make_latents(base: Bundle) -> Tensor:
    """One clip's latents: a single window."""
    shape = (1, 4, 2, 4, 4) if base.family == "wan" else (4, 4, 4, 4)
    return torch.randn(shape, generator=torch.Generator().manual_seed(5))


def recipe_for(base: Bundle, **changes: Any) -> Any:
    num_frames = 5 if base.family == "wan" else 4
    small: dict[str, Any] = {"preset": "motion-director", "rank": 8, "alpha": 8, "num_frames": num_frames}
    return make_recipe(**small | {"batch_size": 4, "timestep_range": (0.6, 0.61), "steps": 25} | changes)


def error_of(base: Bundle, latents: Tensor, text: Tensor) -> float:
    """The plain error at one noise level, over a batch that is always the same."""
    trainer = Trainer(base, [latents], text, recipe_for(base, batch_size=16, debias=False), torch.float32)
    with torch.no_grad():
        return trainer._temporal_loss(trainer._draw_batch(noise.make_generator(9))).item()


def generate(base: Bundle, adapter: adapter_files.Adapter | None) -> np.ndarray:
    size = VideoSize(5 if base.family == "wan" else 4, 32, 32)
    return sample.denoise(
        base, ["a bear"], size=size, generators=[noise.make_generator(1)], adapter=adapter,
        settings=sample.SamplingSettings(steps=3, guidance_scale=2.0),
    )  # fmt: skip


def test_trains_saves_loads_and_generates(half, tmp_path: Path):
    assert half.dtype == HALF
    latents, text = make_latents(half), half.encode_text(["a cup turning"])
    fitted = train.fit(half, [latents], text, recipe_for(half), compute_dtype="float32")
    adapter_files.save_adapter(tmp_path, fitted.adapter, components=half.lora_components)
    adapter = adapter_files.load_adapter(tmp_path)
    assert {matrix.dtype for matrix in adapter.tensors.values()} == {torch.float32}
    before = error_of(half, latents, text)
    adapter_files.apply_adapter(half.network, adapter)
    assert error_of(half, latents, text) < 0.98 * before
    adapters.detach(half.network, "motion")
    assert not np.array_equal(generate(half, adapter), generate(half, None))


def test_trained_parameters_are_float32(half):
    trainer = Trainer(half, [make_latents(half)], half.encode_text([""]), recipe_for(half), torch.float32)
    with trainer.attached():
        matrices = adapters.parameters(half.network, "motion")
        for _ in range(2):  # the first step moves the up matrices, the second both
            trainer.step(0)
        assert {matrix.dtype for matrix in matrices} == {torch.float32}
        state = {key: value for key, value in trainer.state(2).items() if not key.endswith("step")}
        assert {value.dtype for value in state.values()} == {torch.float32}
        loss = trainer._temporal_loss(trainer._draw_batch(noise.make_generator(0)))
        loss.backward()
        assert loss.dtype == torch.float32
        assert {matrix.grad.dtype for matrix in matrices if matrix.grad is not None} == {torch.float32}
    assert half.dtype == HALF


def test_auto_is_float32_where_there_is_no_gpu():
    cpu = torch.device("cpu")
    assert precision.resolve_base_dtype("auto", cpu) == torch.float32
    assert precision.resolve_base_dtype("bfloat16", cpu) == HALF
    assert precision.resolve_base_dtype("float16", cpu) == torch.float16
    with pytest.raises(Unsuitable, match="int8"):
        precision.resolve_base_dtype("int8", cpu)


@pytest.mark.parametrize(
    ("capabilities", "dtype"),
    [
        ({"avx512_bf16": True}, HALF),
        ({"amx_bf16": True}, HALF),
        ({"avx512_f": True, "avx512_bf16": False}, torch.float32),
    ],
)
def test_a_cpu_computes_in_half_precision_where_it_has_instructions_for_it(monkeypatch, capabilities, dtype):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert precision.resolve_compute_dtype("auto", torch.device("cpu")) == dtype
    assert precision.resolve_compute_dtype("float32", torch.device("cpu")) == torch.float32


def test_the_engine_reports_its_dtypes(tmp_path):
    engine = Engine(device="cpu", base_dtype="bfloat16", compute_dtype="float16", log_path=tmp_path / "log")
    reported = dict(zip(engine._arguments[::2], engine._arguments[1::2], strict=True))
    assert (reported["--base-dtype"], reported["--compute-dtype"]) == ("bfloat16", "float16")
