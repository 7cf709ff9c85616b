"""Makes a release: `make release VERSION=x.y.z` runs the three steps below and pushes nothing.

`prepare VERSION` writes the version everywhere and dates the section of the changelog; `document` records the present
API document as the released one; `commit VERSION` commits and tags. `git restore .` undoes the first two.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

from api import breaking

ROOT = Path(__file__).resolve().parents[1]
PYTHON = r'^VERSION = "(.+)"$'
NPM = r'"name": "choreo-sdk",\n\s+"version": "(.+)"'
SOURCE = "shared/version.py"
PATTERNS = {
    SOURCE: PYTHON,
    "sdk/python/src/choreo/version.py": PYTHON,
    "sdk/typescript/src/version.ts": r'^export const VERSION = "(.+)";$',
    "sdk/typescript/package.json": NPM,
    "sdk/typescript/package-lock.json": NPM,
}
"""The files that contain the version, each with a pattern that finds it. The first is the source of the others."""
DOCUMENT, RELEASED = "sdk/openapi.json", "sdk/openapi.released.json"
CHANGELOG = "CHANGELOG.md"
UNRELEASED = "## [Unreleased]\n"


class ReleaseRefused(RuntimeError):
    """The release cannot be made; the message says why."""


def versions(root: Path) -> dict[str, set[str]]:
    """The versions that each file of `PATTERNS` contains; more than one in a file is an inconsistency."""
    return {name: set(re.findall(pattern, _read(root / name), re.MULTILINE)) for name, pattern in PATTERNS.items()}


def prepare(root: Path, version: str, date: str) -> None:
    """Writes `version` into every file that contains it, and dates the unreleased section of the changelog.

    Raises:
        ReleaseRefused: the working tree has changes, the version is not newer, or the changelog has no entry for it.
    """
    _require_clean(root)
    (current,) = versions(root)[SOURCE]
    if _parsed(version) <= _parsed(current):
        raise ReleaseRefused(f"{version} is not newer than {current}")
    if _git(root, "tag", "--list", f"v{version}"):
        raise ReleaseRefused(f"the tag v{version} exists already")
    changelog = _dated(_read(root / CHANGELOG), version, date)
    for name, pattern in PATTERNS.items():
        text = re.sub(pattern, lambda found: _replaced(found, version), _read(root / name), flags=re.MULTILINE)
        _write(root / name, text)
    _write(root / CHANGELOG, changelog)


def record_document(root: Path) -> None:
    """Records the present API document as the released one, against which later documents are compared.

    Raises:
        ReleaseRefused: the present document breaks callers of the released one.
    """
    released, present = (json.loads(_read(root / name)) for name in (RELEASED, DOCUMENT))
    if losses := breaking.losses(released, present):
        raise ReleaseRefused("\n".join(["the API document breaks the one released before:", *losses]))
    _write(root / RELEASED, json.dumps(present, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n")


def commit(root: Path, version: str) -> None:
    """Commits every change and tags the commit `vVERSION`."""
    _git(root, "add", "--all")
    _git(root, "commit", "--quiet", "--message", f"release: {version}")
    _git(root, "tag", "--annotate", f"v{version}", "--message", f"Choreo {version}")


def _parsed(version: str) -> tuple[int, ...]:
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version):
        raise ReleaseRefused(f"VERSION is {version!r} and has to be three numbers, like 1.2.3")
    return tuple(int(part) for part in version.split("."))


def _dated(changelog: str, version: str, date: str) -> str:
    before, heading, after = changelog.partition(UNRELEASED)
    if not heading or not after.partition("\n## [")[0].strip():
        raise ReleaseRefused(f"{CHANGELOG} has no entry under [Unreleased]")
    return f"{before}{UNRELEASED}\n## [{version}] - {date}\n{after}"


def _replaced(found: re.Match[str], version: str) -> str:
    start, end = found.start(1) - found.start(), found.end(1) - found.start()
    return found[0][:start] + version + found[0][end:]


def _require_clean(root: Path) -> None:
    if changes := _git(root, "status", "--porcelain"):
        raise ReleaseRefused(f"the working tree has changes that are not committed:\n{changes}")


def _git(root: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 - our own


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Runs one step of a release."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    parser.add_argument("step", choices=["prepare", "document", "commit"])
    parser.add_argument("version", nargs="?", default="")
    given = parser.parse_args(arguments)
    try:
        if given.step == "prepare":
            prepare(ROOT, given.version, time.strftime("%Y-%m-%d", time.gmtime()))
        elif given.step == "document":
            record_document(ROOT)
        else:
            commit(ROOT, given.version)
    except ReleaseRefused as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
