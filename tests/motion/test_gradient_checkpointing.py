"""Gradient checkpointing: bitwise equal gradients, fewer saved tensors, and no change of the network afterwards."""

from typing import Any

import pytest
import torch
from torch import Tensor

from services.motion.compute import gradient_checkpointing
from services.motion.families import registry
from services.motion.families.protocol import Bundle
from services.motion.method import adapters
from services.motion.method.highway import appearance_highway
from services.motion.training import train
from services.motion.training.trainer import Trainer
from tests.motion import animatediff, wan
from tests.motion.inputs import make_recipe
from tests.motion.models import write_base

WRITERS = {
    "unet3d": write_base, "animatediff": animatediff.write_whole, "wan": wan.write_base, "wan-pair": wan.write_pair
}  # fmt: skip
MB = 2**20


@pytest.fixture(scope="module", params=WRITERS)
def base(request, tmp_path_factory) -> Bundle:
    return registry.load(WRITERS[request.param](tmp_path_factory.mktemp("base")))


def attributes(network: torch.nn.Module) -> list[dict[str, Any]]:
    return [dict(module.__dict__) for module in network.modules()]


def loss_of(base: Bundle) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    noisy_BCFHW = torch.randn((2, 4, 2, 4, 4), generator=generator)
    torch.manual_seed(1)  # the adapter's dropout
    return base.predict(noisy_BCFHW, torch.tensor([100, 900]), base.encode_text(["a bear", "a cup"])).square().mean()


def gradients(base: Bundle) -> list[Tensor]:
    for parameter in adapters.parameters(base.network, "motion"):
        parameter.grad = None
    loss_of(base).backward()
    return [parameter.grad for parameter in adapters.parameters(base.network, "motion")]


@pytest.fixture
def adapted(base) -> Bundle:
    """The base model with an adapter that is not zero and has dropout."""
    adapters.attach(base.network, "motion-director", rank=2, dropout=0.3)
    for parameter in adapters.parameters(base.network, "motion"):
        torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(parameter.numel()))
    adapters.set_dropout(base.network, "motion", training=True)
    yield base
    adapters.detach(base.network, "motion")


def test_gradients_are_the_same_to_the_bit_and_nothing_stays(adapted):
    expected, before = gradients(adapted), attributes(adapted.network)
    modes = ["off", "release", "full"] if adapted.family != "wan" else ["off"]
    for mode in modes:
        with appearance_highway(adapted.network, mode):
            expected = gradients(adapted)
            with adapted.gradient_checkpointing():
                found = gradients(adapted)
        assert all(torch.equal(one, two) for one, two in zip(found, expected, strict=True))
        assert all(gradient.any() for gradient in found)
    assert attributes(adapted.network) == before
    with pytest.raises(KeyError), adapted.gradient_checkpointing():
        raise KeyError
    assert attributes(adapted.network) == before


def test_less_is_kept_and_layers_run_again(adapted):
    runs: list[int] = []
    name = adapters.target_modules(adapted.network, "tap")[-1]
    handle = adapted.network.get_submodule(name).register_forward_hook(lambda *_: runs.append(1))
    with gradient_checkpointing.count_saved_bytes(adapted.network) as plain:
        loss_of(adapted)
    with adapted.gradient_checkpointing():
        with gradient_checkpointing.count_saved_bytes(adapted.network) as spared:
            loss_of(adapted)
        runs.clear()
        loss_of(adapted).backward()
    handle.remove()
    assert len(runs) >= 2
    assert 0 < spared.num_bytes < 0.6 * plain.num_bytes


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_training_comes_out_the_same(base, dtype):
    spatial_path = "none" if base.family == "wan" else "per-clip"
    shape = (1, 4, 2, 4, 4) if base.family == "wan" else (6, 4, 4, 4)
    latents = [torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2)]
    text = base.encode_text(["a cup turning", "a car turning"])
    num_frames = 5 if base.family == "wan" else 4
    off, on = (
        train.fit(
            base, latents, text,
            make_recipe(
                steps=2, dropout=0.2, spatial_path=spatial_path, num_frames=num_frames, gradient_checkpointing=choice
            ),
            compute_dtype=dtype,
        )
        for choice in ("off", "on")
    )  # fmt: skip
    assert (off.gradient_checkpointing, on.gradient_checkpointing) == (False, True)
    assert on.losses == off.losses
    assert all(torch.equal(on.adapter.tensors[key], off.adapter.tensors[key]) for key in off.adapter.tensors)


def test_auto_looks_at_what_is_free():
    def decide(choice: str, needed: int, free: int | None) -> bool:
        return gradient_checkpointing.is_wanted(choice, activation_bytes=lambda: needed, free=free)

    assert [decide("on", 0, MB), decide("off", MB, 1)] == [True, False]
    assert [decide("auto", 100 * MB, free) for free in (None, 200 * MB, 140 * MB)] == [False, False, True]
    assert gradient_checkpointing.free_bytes(torch.device("cpu")) is None


def test_an_explicit_choice_measures_nothing():
    def needed() -> int:
        raise AssertionError

    assert gradient_checkpointing.is_wanted("on", activation_bytes=needed, free=1)
    assert not gradient_checkpointing.is_wanted("auto", activation_bytes=needed, free=None)


def test_counted_bytes_equal_those_of_a_step(bundle, latents, text):
    """Counted independently: every distinct tensor that autograd saves, without the weights."""
    trainer = Trainer(bundle, latents, text, make_recipe(preset="motion-director"), torch.float32)
    with trainer.attached():
        saved_bytes = trainer._activation_bytes()
        weights = {each.untyped_storage().data_ptr() for each in bundle.network.parameters()}
        kept: dict[int, Tensor] = {}

        def keep(tensor: Tensor) -> Tensor:
            kept[tensor.untyped_storage().data_ptr()] = tensor
            return tensor

        generator = torch.Generator().manual_seed(0)
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            loss = trainer._temporal_loss(trainer._draw_batch(generator))
        by_hand = sum(each.untyped_storage().nbytes() for at, each in kept.items() if at not in weights)
        loss.backward()
    assert saved_bytes == pytest.approx(by_hand, rel=0.05)


def test_a_counted_pass_has_no_backward(adapted):
    with gradient_checkpointing.count_saved_bytes(adapted.network):
        loss = loss_of(adapted)
    with pytest.raises(RuntimeError, match="no backward pass"):
        loss.backward()
