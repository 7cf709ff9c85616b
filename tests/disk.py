"""A small file system that a test may fill to the last byte."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def small_disk(place: Path, size: str = "4m") -> Iterator[bool]:
    """Mount one on the folder `place`; yields whether that was possible (root only)."""
    argv = ["mount", "-t", "tmpfs", "-o", f"size={size}", "choreo-tests", str(place)]
    mounted = (
        shutil.which("mount") is not None and subprocess.run(argv, check=False, capture_output=True).returncode == 0
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def filled(place: Path) -> Iterator[None]:
    """Fill the file system of `place` inside the block."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"\0" * 4096):
            pass
    assert shutil.disk_usage(place).free == 0
    try:
        yield
    finally:
        filler.unlink()
