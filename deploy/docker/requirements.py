"""`python requirements.py EXTRA`: what an image installs, one requirement a line, from pyproject.toml beside us."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OURS = "choreo["


def requirements(project: dict[str, Any], extra: str) -> Iterator[str]:
    """The project's own requirements and those of one extra, with the extras that it builds on."""
    yield from project["dependencies"]
    yield from _of(project["optional-dependencies"], extra)


def _of(extras: dict[str, list[str]], name: str) -> Iterator[str]:
    for line in extras[name]:
        if line.startswith(OURS):
            yield from _of(extras, line.removeprefix(OURS).removesuffix("]"))
        else:
            yield line


if __name__ == "__main__":
    text = Path("pyproject.toml").read_text(encoding="utf-8")
    print("\n".join(requirements(tomllib.loads(text)["project"], sys.argv[1])))
