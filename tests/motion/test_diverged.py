"""Numbers that are not finite: a training or a generation fails with `diverged`, and such an adapter is never used."""

import json
import math

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from services.motion.artifacts import adapter_files
from services.motion.artifacts.report import write_report
from services.motion.errors import Diverged, NotAnAdapter
from services.motion.method import adapters, noise
from services.motion.method.adapters import MOTION
from services.motion.sampling import sample
from services.motion.shapes import VideoSize
from services.motion.training import train
from services.motion.training.trainer import Trainer
from shared.schemas.training import TrainingRecipe
from tests.motion.inputs import make_recipe
from tests.motion.test_adapters import make_adapter


def unbounded(**changes) -> TrainingRecipe:
    """A recipe outside the bounds of requests, which only forbid the worst."""
    return make_recipe().model_copy(update=changes)


def poison_gradient(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gradients of the third step are not finite, while its loss is."""
    real = trainer.optimizers.gradients
    calls = iter(range(10))
    monkeypatch.setattr(
        trainer.optimizers,
        "gradients",
        lambda name: [gradient * (math.inf if next(calls) == 2 else 1.0) for gradient in real(name)[:1]],
    )


@pytest.mark.parametrize("changes", [{"alpha": 1e38}, {"learning_rate": 1e30}, {"weight_decay": 1e38}])
def test_a_training_whose_numbers_are_not_finite_fails_with_the_step_and_what_to_lower(bundle, latents, text, changes):
    with pytest.raises(
        Diverged, match=r"at step [1-4]; lower learning_rate \(.*\) or alpha \(.* at rank 2\)"
    ) as caught:
        train.fit(bundle, latents, text, unbounded(**changes), save_checkpoint=lambda _step, _state: None)
    assert (caught.value.code, caught.value.fault) == ("diverged", "user")


def test_gradients_are_checked_in_the_step_that_has_them(bundle, latents, text, monkeypatch):
    trainer = Trainer(bundle, latents, text, make_recipe(), torch.float32)
    with trainer.attached():
        poison_gradient(trainer, monkeypatch)
        with pytest.raises(Diverged, match="at step 3"):
            [trainer.step(index) for index in range(4)]
        assert all(matrix.isfinite().all() for matrix in adapters.parameters(bundle.network, MOTION))


def test_a_state_that_is_not_finite_is_no_checkpoint_and_no_result(bundle, latents, text):
    trainer = Trainer(bundle, latents, text, make_recipe(), torch.float32)
    with trainer.attached():
        with torch.no_grad():
            adapters.parameters(bundle.network, MOTION)[0][0, 0] = math.nan
        for made in (trainer.state, trainer.tensors):
            with pytest.raises(Diverged, match="at step 2"):
                made(2)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_adapter_in_storage_that_is_not_finite_is_refused(unet, tmp_path, value):
    made = make_adapter(unet)
    next(iter(made.tensors.values()))[0, 0] = value
    adapter_files.save_adapter(tmp_path, made)
    with pytest.raises(Diverged, match="not finite"):
        adapter_files.load_adapter(tmp_path)
    adapter_files.save_noise(tmp_path, [torch.full((1, 2, 2, 2), value)])
    with pytest.raises(NotAnAdapter, match="not finite"):
        adapter_files.load_noise(tmp_path)


def test_a_video_whose_latents_are_not_finite_is_not_rendered(bundle):
    made = make_adapter(bundle.network)
    huge = made._replace(tensors={key: tensor * 1e30 for key, tensor in made.tensors.items()})
    settings = sample.SamplingSettings(steps=2)
    with pytest.raises(Diverged, match="lower adapter_scale"):
        sample.denoise(
            bundle, ["a bear"], size=VideoSize(2, 32, 32), generators=[noise.make_generator(0)], settings=settings,
            adapter=huge,
        )  # fmt: skip


def test_a_report_is_json_whatever_was_measured(tmp_path):
    path = write_report(tmp_path, {"a": math.nan, "b": [1.5, -math.inf, {"c": (math.inf,)}], "d": "NaN"})
    found = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert found == {"a": None, "b": [1.5, None, {"c": [None]}], "d": "NaN"}


@pytest.fixture
def unet(bundle) -> nn.Module:
    return bundle.network


def test_the_check_does_not_change_the_bits(bundle, latents, text, monkeypatch, tmp_path):
    recipe = make_recipe(spatial_path="shared")
    checked = train.fit(bundle, latents, text, recipe).adapter
    monkeypatch.setattr(nn.utils, "get_total_norm", lambda _gradients: torch.tensor(0.0))
    unchecked = train.fit(bundle, latents, text, recipe).adapter
    adapter_files.save_adapter(tmp_path, checked)
    assert all(
        torch.equal(one, unchecked.tensors[key]) for key, one in load_file(tmp_path / "adapter.safetensors").items()
    )
