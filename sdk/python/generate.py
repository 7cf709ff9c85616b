"""Generates `choreo/generated` from the OpenAPI document and `choreo/_sync` from `choreo/_async`.

A client must read what a newer service answers. Therefore the schemas of the answers are opened first (`_open`), and
`templates/` replaces those templates of the generator that refuse unknown values or accept values of another type.

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
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "openapi.json"
PACKAGE = HERE / "src" / "choreo"
GENERATED, ASYNC, SYNC = (PACKAGE / name for name in ("generated", "_async", "_sync"))
BY_HAND = SYNC / "sleep.py"
"""The only module whose two versions differ structurally: waiting."""
RECORD = HERE / "generated.json"
TEMPLATES = HERE / "templates"
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
    _open(document)
    _generate(document)
    _refuse_what_is_no_object()
    _write_union(document)
    _write_sync()
    RECORD.write_text(json.dumps(_state(), indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return 0


def _open(document: dict[str, Any]) -> None:
    """Let the answers have more than the document says: fields, and kinds of a union with a discriminator."""
    schemas = document["components"]["schemas"]
    answers = [
        answer
        for operations in document["paths"].values()
        for operation in operations.values()
        for answer in operation["responses"].values()
    ]
    for name in _referenced(answers, schemas, set()):
        schemas[name].pop("additionalProperties", None)
    for union in list(_unions([answers, schemas])):
        kinds = [one["$ref"].rpartition("/")[2] for one in union["oneOf"]]
        other = "Other" + _last_word(kinds)
        schemas[other] = _common(union["discriminator"]["propertyName"], [schemas[kind] for kind in kinds])
        union["oneOf"].append({"$ref": f"#/components/schemas/{other}"})


def _referenced(part: Any, schemas: dict[str, Any], found: set[str]) -> set[str]:
    """The names of all schemas that a part of the document refers to, directly or not."""
    if isinstance(part, list):
        for one in cast("list[Any]", part):
            _referenced(one, schemas, found)
    elif isinstance(part, dict):
        fields = cast("dict[str, Any]", part)
        name = str(fields.get("$ref", "")).rpartition("/")[2]
        if name and name not in found:
            found.add(name)
            _referenced(schemas[name], schemas, found)
        _referenced(list(fields.values()), schemas, found)
    return found


def _unions(part: Any) -> Iterator[dict[str, Any]]:
    """The unions with a discriminator."""
    if isinstance(part, list):
        for one in cast("list[Any]", part):
            yield from _unions(one)
    elif isinstance(part, dict):
        fields = cast("dict[str, Any]", part)
        if "oneOf" in fields and "discriminator" in fields:
            yield fields
        else:
            yield from _unions(list(fields.values()))


def _last_word(names: Sequence[str]) -> str:
    """The last word that the names have in common, such as `Job`."""
    (word,) = {re.findall("[A-Z][a-z]*", name)[-1] for name in names}
    return word


def _common(kind: str, schemas: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The schema of further kinds: the fields that all known kinds have, of any type where the kinds differ."""
    first = schemas[0]["properties"]
    fields = {name: field for name, field in first.items() if all(name in one["properties"] for one in schemas)}
    return {
        "type": "object",
        "description": f"One of a `{kind}` that this client does not know: the service is newer.",
        "properties": {
            name: field if all(one["properties"][name] == field for one in schemas) else {}
            for name, field in fields.items()
        }
        | {kind: {"type": "string"}},
        "required": [
            name
            for name in schemas[0]["required"]
            if name in fields and all(name in one["required"] for one in schemas)
        ],
    }


def _generate(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        schema.pop("title", None)  # else the generator prefers it to the name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openapi.json"
        path.write_text(json.dumps(document, allow_nan=False), encoding="utf-8")
        where = ["--path", str(path), "--output-path", str(GENERATED), "--config", str(HERE / "generator.yml")]
        options = ["--meta", "none", "--overwrite", "--fail-on-warning", "--custom-template-path", str(TEMPLATES)]
        command = ["openapi-python-client", "generate", *options, *where]
        subprocess.run(command, check=True, cwd=HERE)  # noqa: S603 - our own command line


def _refuse_what_is_no_object() -> None:
    """Let `from_dict` of the models raise TypeError for a list, which `dict` accepts if it is empty."""
    for path in (GENERATED / "models").glob("*.py"):
        path.write_text(path.read_text(encoding="utf-8").replace("d = dict(src_dict)", "d = {**src_dict}"), "utf-8")


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
    by_hand = [HERE / "generator.txt", HERE / "generator.yml", *TEMPLATES.rglob("*.jinja"), Path(__file__)]
    sources = [DOCUMENT, *ASYNC.glob("*.py"), *by_hand]
    return {"from": _digest(sources), "made": _digest(made)}


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(HERE.parent).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
