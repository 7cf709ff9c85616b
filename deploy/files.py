"""Files that other processes read while they are written."""

import os
from pathlib import Path


def write_atomically(file: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file and create its folder; a reader, or a start after a kill, sees the old content or the new."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=mode)
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
