"""Classification of real errors of the libraries for a full disk and for missing memory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from services.motion import video
from services.motion.engine.error_classification import DISK_FULL, INTERNAL, OUT_OF_MEMORY, classify
from services.motion.errors import NotABaseModel
from tests.disk import filled, small_disk

FRAMES = np.zeros((4, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def full_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk without a free byte."""
    with small_disk(tmp_path, "64k") as mounted:
        if not mounted:
            pytest.skip("only root may mount a small disk")
        with filled(tmp_path):
            yield tmp_path


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: (folder / "file").write_bytes(b"x"),
        lambda folder: save_file({"x": torch.zeros(2**16)}, folder / "x.safetensors"),
        lambda folder: video.write(folder / "clip.mp4", FRAMES, fps=8),
    ],
    ids=["python", "safetensors", "ffmpeg"],
)
def test_a_full_disk(write: Callable[[Path], object], full_folder: Path):
    with pytest.raises(Exception) as raised:
        write(full_folder)
    assert classify(raised.value) == DISK_FULL


@pytest.mark.parametrize("ask", [lambda: bytes(2**62), lambda: torch.empty(2**60)], ids=["python", "torch"])
def test_no_memory(ask: Callable[[], object]):
    with pytest.raises((MemoryError, RuntimeError)) as raised:
        ask()
    assert classify(raised.value) == OUT_OF_MEMORY


def read_a_base() -> None:
    try:
        bytes(2**62)
    except MemoryError as error:
        raise NotABaseModel("the folder cannot be read") from error


def test_causes_are_classified_too():
    with pytest.raises(NotABaseModel) as raised:
        read_a_base()
    assert classify(raised.value) == OUT_OF_MEMORY
    assert classify(NotABaseModel("there is no folder")) == INTERNAL


def test_other_errors_are_internal():
    assert classify(RuntimeError("shapes differ")) == INTERNAL
