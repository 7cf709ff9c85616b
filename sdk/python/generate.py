"""Generates `choreo/generated` from the OpenAPI document and `choreo/_sync` from `choreo/_async`.

`make sdk` runs it in the generator's own environment. `--check` needs only Python: it fails if the document, the
hand-written code or the generated code has changed since.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "openapi.json"
PACKAGE = HERE / "src" / "choreo"
GENERATED, ASYNC, SYNC = (PACKAGE / name for name in ("generated", "_async", "_sync"))
BY_HAND = SYNC / "sleep.py"
"""The only module whose two versions differ structurally: waiting."""
RECORD = HERE / "generated.json"
SYNC_WORDS = {
    "_async": "_sync",
    "aclose": "close",
    "aiter_bytes": "iter_bytes",
    "aiter_sse": "iter_sse",
    "aread": "read",
    "asyncio": "sync",
    "asyncio_detailed": "sync_detailed",
    "set_async_httpx_client": "set_httpx_client",
}
"""Names that differ in the synchronous package, besides the `Async` prefix of classes."""
JOBS = '''"""A job of any kind, as the document's union names it."""

from choreo.generated.models import {imports}

Job = {union}
'''


def main() -> int:
    """Generate everything and record the inputs' hashes, or compare with the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when `make sdk` has to run again")
    if parser.parse_args().check:
        return _check()
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    _generate(document)
    _write_union(document)
    _write_sync()
    RECORD.write_text(json.dumps(_state(), indent=2) + "\n", encoding="utf-8")
    return 0


def _generate(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        schema.pop("title", None)  # else the generator prefers it to the name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openapi.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        where = ["--path", str(path), "--output-path", str(GENERATED), "--config", str(HERE / "generator.yml")]
        command = ["openapi-python-client", "generate", "--meta", "none", "--overwrite", "--fail-on-warning", *where]
        subprocess.run(command, check=True, cwd=HERE)  # noqa: S603 - our own command line


def _write_union(document: dict[str, Any]) -> None:
    answer = document["paths"]["/v1/jobs/{job_id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    names = sorted(one["$ref"].rpartition("/")[2] for one in answer["oneOf"])
    text = JOBS.format(imports=", ".join(names), union=" | ".join(names))
    (GENERATED / "jobs.py").write_text(text, encoding="utf-8")


def _write_sync() -> None:
    import unasync  # noqa: PLC0415 - only in the generator's environment

    sources = sorted(str(path) for path in ASYNC.glob("*.py") if path.name != BY_HAND.name)
    classes = {name for path in sources for name in re.findall(r"\bAsync\w+", Path(path).read_text(encoding="utf-8"))}
    words = SYNC_WORDS | {name: name.removeprefix("Async") for name in classes - {"AsyncIterator"}}
    for old in SYNC.glob("*.py"):
        if old != BY_HAND:
            old.unlink()
    unasync.unasync_files(sources, [unasync.Rule("/_async/", "/_sync/", words)])
    for arguments in (["check", "--quiet", "--fix", "--exit-zero"], ["format", "--quiet"]):
        subprocess.run(["ruff", *arguments, str(SYNC)], check=True, cwd=HERE.parents[1])  # noqa: S603, S607 - PATH is ours


def _check() -> int:
    if RECORD.is_file() and json.loads(RECORD.read_text(encoding="utf-8")) == _state():
        return 0
    print("sdk/python is not made from the present sdk/openapi.json and choreo/_async: run `make sdk`", file=sys.stderr)
    return 1


def _state() -> dict[str, str]:
    made = [*GENERATED.rglob("*.py"), *(path for path in SYNC.glob("*.py") if path != BY_HAND)]
    sources = [DOCUMENT, *ASYNC.glob("*.py"), HERE / "generator.txt", HERE / "generator.yml", Path(__file__)]
    return {"from": _digest(sources), "made": _digest(made)}


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(HERE.parent).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
