"""A tiny base model and a clip for the end-to-end tests."""

from pathlib import Path

import pytest

from tests.tiny_base import write_tiny_base
from tests.videos import write_video


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny base model."""
    return write_tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reference clip."""
    return write_video(tmp_path_factory.mktemp("clips") / "clip.mp4", width=64, height=64)
