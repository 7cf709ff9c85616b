"""Which code made a result: library versions and the project's own revision. Imports none of the libraries."""

import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("torch", "diffusers", "peft", "transformers", "safetensors", "av")
REVISION_FILE = "REVISION"
"""Beside the packages in an image, where there is no git."""


@cache
def versions() -> dict[str, str]:
    """The versions of the libraries that decide what comes out, and `choreo`, the revision of this code."""
    return {"choreo": _revision(), **{name: _version(name) for name in LIBRARIES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _revision() -> str:
    root = Path(__file__).resolve().parents[1]
    if (root / REVISION_FILE).is_file():
        return (root / REVISION_FILE).read_text(encoding="utf-8").strip()
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout.strip()  # noqa: S603 - a constant
    except (OSError, subprocess.SubprocessError):
        return "unknown"
