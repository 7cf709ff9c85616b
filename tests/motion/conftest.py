"""Tiny real models, made once per session."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from services.motion.families import unet3d
from services.motion.families.protocol import Bundle
from tests.motion.models import write_base


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _float32() -> Iterator[None]:
    """The compute dtype `auto` is float32 on every machine: tiny networks take 1.6 times as long in bfloat16.

    Tests that are about bfloat16 ask for it by name, and so run on machines without instructions for it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cpu, "get_capabilities", dict)
        yield


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny base model in diffusers layout."""
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def session_bundle(base_folder: Path) -> Bundle:
    return unet3d.load(base_folder)


@pytest.fixture
def bundle(session_bundle: Bundle) -> Bundle:
    """The loaded tiny base model; the test must not change its network."""
    before = {key: value.clone() for key, value in session_bundle.unet.state_dict().items()}
    yield session_bundle
    after = session_bundle.unet.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[key], value) for key, value in before.items())


@pytest.fixture(scope="session")
def latents() -> list[Tensor]:
    """Two clips of six and four latent frames, T x C x H x W."""
    generator = torch.Generator().manual_seed(5)
    return [torch.randn((num, 4, 4, 4), generator=generator) for num in (6, 4)]


@pytest.fixture(scope="session")
def text(session_bundle: Bundle) -> Tensor:
    """Two captions, K x S x D."""
    return session_bundle.encode_text(["a cup turning", "a car turning"])
