"""Which code made a result: the project's own revision, beside the library versions that the engine reports."""

import subprocess
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
REVISION_FILE = _ROOT / "REVISION"
"""In an image, where there is no git."""


@cache
def revision() -> str:
    """The commit of this code, with `-dirty` for a changed working tree; `unknown` where nothing tells."""
    if REVISION_FILE.is_file():
        return REVISION_FILE.read_text(encoding="utf-8").strip()
    command = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10)  # noqa: S603 - a constant
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()
