"""Answers of a service that is newer than the clients: every enumeration has a new value, every object a new field."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

DOCUMENT = json.loads((Path(__file__).parents[1] / "sdk" / "openapi.json").read_text())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
NEW = "brand_new"
EXTRA = {"says": ["more"]}


def newer(schema: dict[str, Any], *, kind: str | None = None) -> Any:
    """A value of the schema with new values and fields everywhere; `kind` chooses one of a union, `NEW` a new one."""
    if "$ref" in schema:
        return newer(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    if options := schema.get("oneOf") or schema.get("anyOf"):
        if "discriminator" not in schema:
            return newer(next(option for option in options if option.get("type") != "null"))
        mapping = schema["discriminator"]["mapping"]
        made = newer({"$ref": mapping.get(kind, next(iter(mapping.values())))})
        return made | {"kind": NEW, "result": EXTRA} if kind == NEW else made
    if "const" in schema:
        return schema["const"]
    if schema.get("type") == "array":
        return [newer(item) for item in schema.get("prefixItems") or [schema.get("items", {"type": "string"})]]
    return _object(schema) if schema.get("type", "object") == "object" else _scalar(schema)


def _scalar(schema: dict[str, Any]) -> str | float | bool:
    if "enum" in schema:
        return NEW
    text = {"date": "2026-01-01", "date-time": "2026-01-01T00:00:00+00:00"}.get(schema.get("format", ""), f"text_{NEW}")
    return {"string": text, "integer": 7, "number": 1.5, "boolean": True}[schema["type"]]


def _object(schema: dict[str, Any]) -> dict[str, Any]:
    fields = {name: newer(field) for name, field in schema.get("properties", {}).items()}
    other = schema.get("additionalProperties")
    return fields | {NEW: newer(cast("dict[str, Any]", other)) if isinstance(other, dict) and other else EXTRA}


def answers() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each schema that a successful JSON answer of some operation has, with the operation's name."""
    for operations in DOCUMENT["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                schema = answer.get("content", {}).get("application/json", {}).get("schema")
                if schema and status.startswith("2"):
                    yield operation["operationId"], schema
