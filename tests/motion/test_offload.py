"""Offload of text encoder and autoencoder after encoding, and their return when they are needed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from services.motion import video
from services.motion.compute.offload import HOST, Offload
from services.motion.families.protocol import Bundle
from services.motion.method import noise
from services.motion.sampling import sample
from services.motion.shapes import VideoSize
from services.motion.training import train
from services.motion.training.train import ReferenceClip
from tests.motion.inputs import make_recipe

DEVICE = torch.device("cuda", 3)


class Moves:
    """Records moves instead of moving modules."""

    def __init__(self) -> None:
        self.made: list[tuple[nn.Module, torch.device]] = []

    def __call__(self, part: nn.Module, device: torch.device) -> None:
        self.made.append((part, device))

    def where(self, part: nn.Module) -> torch.device:
        return next((device for each, device in reversed(self.made) if each is part), DEVICE)


@pytest.fixture
def moves() -> Moves:
    return Moves()


@pytest.fixture
def parts() -> list[nn.Module]:
    return [nn.Identity(), nn.Identity()]


def test_on_device_moves_an_offloaded_module_there_and_back(moves, parts):
    one, two = parts
    offload = Offload(DEVICE, move=moves)
    with offload.on_device(one):
        pass
    assert moves.made == []
    with offload.offloaded(one, two):
        assert [moves.where(each) for each in parts] == [HOST, HOST]
        with offload.on_device(one):
            assert [moves.where(each) for each in parts] == [DEVICE, HOST]
        assert moves.where(one) == HOST


def test_after_the_block_modules_return_when_next_needed(moves, parts):
    one, two = parts
    offload = Offload(DEVICE, move=moves)
    with pytest.raises(KeyError), offload.offloaded(one, two):
        raise KeyError
    assert [moves.where(each) for each in parts] == [HOST, HOST]
    with offload.on_device(one):
        pass
    assert [moves.where(each) for each in parts] == [DEVICE, HOST]
    with offload.offloaded(one), offload.offloaded(one, two):
        assert [moves.where(each) for each in parts] == [HOST, HOST]
    assert moves.made.count((two, HOST)) == 1


def test_on_a_cpu_nothing_moves(moves, parts):
    offload = Offload(torch.device("cpu"), move=moves)
    with offload.offloaded(*parts), offload.on_device(parts[0]):
        pass
    assert moves.made == []


def test_the_default_move_uses_torch():
    linear = nn.Linear(2, 2)
    with Offload(torch.device("meta")).offloaded(linear):
        assert linear.weight.device.type == "cpu"


@pytest.fixture
def watched(bundle, moves) -> Bundle:
    """The tiny base model as if on a device; computing with an offloaded component fails the test."""
    watched = replace(bundle, offload=Offload(DEVICE, move=moves))

    def require_device(part: nn.Module) -> Callable[..., None]:
        def check(*_: Any) -> None:
            assert moves.where(part) == DEVICE

        return check

    inner = [bundle.text_encoder, bundle.vae.encoder, bundle.vae.decoder]
    owners = [bundle.text_encoder, bundle.vae, bundle.vae]
    handles = [
        each.register_forward_pre_hook(require_device(owner)) for each, owner in zip(inner, owners, strict=True)
    ]  # fmt: skip
    yield watched
    for handle in handles:
        handle.remove()


def test_a_training_offloads_and_sampling_restores(watched, moves, tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), np.uint8)
    clip = ReferenceClip(video.write(tmp_path / "a.mp4", frames, fps=8), "a cup turning")
    places: set[tuple[str, torch.device, torch.device]] = set()

    def on_progress(progress: Any) -> None:
        places.add((progress.phase, moves.where(watched.text_encoder), moves.where(watched.vae)))

    train.run(watched, make_recipe(save_inverted_noise=True, steps=2), [clip], tmp_path, on_progress=on_progress)
    assert places == {("encoding", DEVICE, DEVICE), ("training", HOST, HOST), ("saving", DEVICE, HOST)}
    sample.denoise(
        watched, ["a bear"], size=VideoSize(4, 32, 32), generators=[noise.make_generator(1)],
        settings=sample.SamplingSettings(steps=2),
    )  # fmt: skip
    assert [moves.where(each) for each in (watched.text_encoder, watched.vae)] == [DEVICE, DEVICE]


def test_a_preview_during_a_training_offloads_again(watched, moves):
    with watched.offload.offloaded(watched.text_encoder, watched.vae):
        frames = sample.denoise(
            watched, ["a bear"], size=VideoSize(4, 32, 32), generators=[noise.make_generator(1)],
            settings=sample.SamplingSettings(steps=2),
        )  # fmt: skip
        assert [moves.where(each) for each in (watched.text_encoder, watched.vae)] == [HOST, HOST]
    assert frames.shape == (1, 4, 32, 32, 3)
