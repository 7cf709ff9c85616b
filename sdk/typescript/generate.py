"""Makes `src/generated` from the document; `make sdk` runs it once the generator is installed (`npm ci`).

`--check` needs nothing but Python: it fails when the document, the generator or what it made have changed since.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
GENERATED = HERE / "src" / "generated"
SOURCES = [HERE.parent / "openapi.json", HERE / "openapi-ts.config.mjs", HERE / "package-lock.json"]
RECORD = HERE / "generated.json"


def main() -> int:
    """Makes it and records from what, or compares with the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when `make sdk` has to run again")
    if parser.parse_args().check:
        return _check()
    program = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["scripts"]["generate"].split()
    program[0] = str(HERE / "node_modules" / ".bin" / program[0])
    subprocess.run(["node", *program], check=True, cwd=HERE)  # noqa: S603, S607 - ours, by the Node that make chose
    RECORD.write_text(json.dumps(_state(), indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return 0


def _check() -> int:
    if RECORD.is_file() and json.loads(RECORD.read_text(encoding="utf-8")) == _state():
        return 0
    print("sdk/typescript is not made from the present sdk/openapi.json: run `make sdk`", file=sys.stderr)
    return 1


def _state() -> dict[str, str]:
    return {"from": _digest(SOURCES), "made": _digest(GENERATED.rglob("*.ts"))}


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(HERE.parent).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
