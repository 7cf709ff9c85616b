"""Breaking changes between two OpenAPI documents. Version 1 of the API permits none.

`python -m api.breaking OLD NEW` prints one line for each breaking change and fails if there is any. Requests may become
more permissive, responses may gain fields. Request bodies are closed, so a removed request field breaks clients.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Node = Mapping[str, Any]
Direction = Literal["request", "response"]
METHODS = frozenset({"get", "put", "post", "patch", "delete"})
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def losses(old: Node, new: Node) -> list[str]:
    """The breaking changes from `old` to `new`, one line each, in the order of `old`."""
    return list(_Comparison(old, new).run())


@dataclass
class _Comparison:
    """Compare two documents. `seen` holds compared pairs of named schemas, so that recursion ends."""

    old: Node
    new: Node
    seen: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])

    def run(self) -> Iterator[str]:
        for section in ("paths", "webhooks"):
            old, new = self.old.get(section, {}), self.new.get(section, {})
            for name in old:
                if name not in new:
                    yield f"{name}: gone"
                    continue
                yield from self._item(name, old[name], new[name])

    def _item(self, path: str, old: Node, new: Node) -> Iterator[str]:
        for method in (name for name in old if name in METHODS):
            where = f"{method.upper()} {path}"
            if method not in new:
                yield f"{where}: gone"
                continue
            yield from self._operation(where, old[method], new[method])

    def _operation(self, where: str, old: Node, new: Node) -> Iterator[str]:
        if old["operationId"] != new["operationId"]:
            yield f"{where}: is called {new['operationId']} and was {old['operationId']}"
        yield from self._parameters(where, _parameters(old), _parameters(new))
        if "requestBody" in new:
            if "requestBody" not in old:
                yield from [f"{where}: a body is required"] if new["requestBody"].get("required") else []
            else:
                yield from self._contents(f"{where} body", old["requestBody"], new["requestBody"], "request")
        elif "requestBody" in old:
            yield f"{where}: takes no body"
        yield from self._answers(where, old["responses"], new["responses"])

    def _parameters(self, where: str, old: dict[str, Node], new: dict[str, Node]) -> Iterator[str]:
        for name, parameter in new.items():
            if parameter.get("required") and not old.get(name, {}).get("required"):
                yield f"{where}: {name} is required"
        for name, parameter in old.items():
            if name not in new:
                yield f"{where}: {name} is gone"
            else:
                sent = _as_text(parameter["schema"]), _as_text(new[name]["schema"])
                yield from self._schema(f"{where} {name}", *sent, "request")

    def _answers(self, where: str, old: Node, new: Node) -> Iterator[str]:
        for status, answer in old.items():
            if status not in new:
                yield f"{where}: {status} is not documented"
            elif status != "default":
                yield from self._contents(f"{where} {status}", answer, new[status], "response")

    def _contents(self, where: str, old: Node, new: Node, direction: Direction) -> Iterator[str]:
        for media_type, content in old.get("content", {}).items():
            if media_type not in new.get("content", {}):
                yield f"{where}: no {media_type}"
            else:
                yield from self._schema(where, content["schema"], new["content"][media_type]["schema"], direction)

    def _schema(self, where: str, old: Node, new: Node, direction: Direction) -> Iterator[str]:
        pair = (old.get("$ref", ""), new.get("$ref", ""), direction)
        if all(pair):
            if pair in self.seen:
                return
            self.seen.add(pair)
        old, new = _resolved(self.old, old), _resolved(self.new, new)
        variants = _variants(old), _variants(new)
        if len(variants[0]) > 1 or len(variants[1]) > 1:
            yield from self._unions(where, *variants, direction)
            return
        old, new = variants[0][0], variants[1][0]
        yield from _values(where, old, new, direction)
        yield from self._fields(where, old, new, direction)
        for keyword in ("items", "additionalProperties"):
            if isinstance(old.get(keyword), dict) and isinstance(new.get(keyword), dict):
                yield from self._schema(f"{where}/{keyword}", old[keyword], new[keyword], direction)

    def _unions(self, where: str, old: list[Node], new: list[Node], direction: Direction) -> Iterator[str]:
        """Requests may gain variants, responses may lose them."""
        names = {_name(self.old, one): one for one in old}, {_name(self.new, one): one for one in new}
        self._pair_renamed(*names)
        missing = names[0].keys() - names[1].keys() if direction == "request" else names[1].keys() - names[0].keys()
        for name in sorted(missing):
            yield f"{where}: {'no longer takes' if direction == 'request' else 'may be'} {name}"
        for name in sorted(names[0].keys() & names[1].keys()):
            yield from self._schema(where, names[0][name], names[1][name], direction)

    def _pair_renamed(self, old: dict[str, Node], new: dict[str, Node]) -> None:
        """Gives a renamed schema its old name: a name of a schema is not part of what is sent, its fields are.

        Only where a single one is left on either side, so that nothing has to be guessed.
        """
        gone = [name for name in old.keys() - new.keys() if "properties" in _resolved(self.old, old[name])]
        come = [name for name in new.keys() - old.keys() if "properties" in _resolved(self.new, new[name])]
        if len(gone) == len(come) == 1:
            new[gone[0]] = new.pop(come[0])

    def _fields(self, where: str, old: Node, new: Node, direction: Direction) -> Iterator[str]:
        fields = old.get("properties", {}), new.get("properties", {})
        required = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(required[1] - required[0]) if direction == "request" else ():
            yield f"{where}/{name}: is required"
        for name in sorted(required[0] - required[1]) if direction == "response" else ():
            if name in fields[1]:
                yield f"{where}/{name}: may be missing"
        for name, schema in fields[0].items():
            if name not in fields[1]:
                yield f"{where}/{name}: gone"
            else:
                yield from self._schema(f"{where}/{name}", schema, fields[1][name], direction)


def _values(where: str, old: Node, new: Node, direction: Direction) -> Iterator[str]:
    if old.get("type") != new.get("type") and not _is_wider(old, new, direction):
        yield f"{where}: is {new.get('type', 'anything')} and was {old.get('type', 'anything')}"
    if direction == "response":
        return
    if "enum" in new or "const" in new:
        kept = _choices(new)
        for value in _choices(old) if "enum" in old or "const" in old else ["any other value"]:
            if value not in kept:
                yield f"{where}: no longer takes {value}"
    if new.get("pattern", old.get("pattern")) != old.get("pattern"):
        yield f"{where}: must match {new['pattern']}"
    for keyword in LOWER:
        if keyword in new and new[keyword] > old.get(keyword, float("-inf")):
            yield f"{where}: {keyword} is {new[keyword]} and was {old.get(keyword, 'open')}"
    for keyword in UPPER:
        if keyword in new and new[keyword] < old.get(keyword, float("inf")):
            yield f"{where}: {keyword} is {new[keyword]} and was {old.get(keyword, 'open')}"


def _is_wider(old: Node, new: Node, direction: Direction) -> bool:
    pair = (old.get("type"), new.get("type")) if direction == "request" else (new.get("type"), old.get("type"))
    return pair == ("integer", "number") or pair[1] is None


def _choices(schema: Node) -> list[Any]:
    return schema["enum"] if "enum" in schema else [schema["const"]]


def _parameters(operation: Node) -> dict[str, Node]:
    return {f"{one['in']} {one['name']}": one for one in operation.get("parameters", ())}


def _as_text(schema: Node) -> Node:
    """A parameter's schema without null, which a URL or header cannot express."""
    parts = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    return {**schema, "anyOf": parts} if parts else schema


def _resolved(document: Node, schema: Node) -> Node:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _variants(schema: Node) -> list[Node]:
    return schema.get("anyOf") or schema.get("oneOf") or [schema]


def _name(document: Node, schema: Node) -> str:
    """The identity of a variant: the schema's name, else its type and constant."""
    if "$ref" in schema and "properties" in _resolved(document, schema):
        return schema["$ref"].rpartition("/")[2]
    found = _resolved(document, schema)
    return f"{found.get('type', 'anything')} {found.get('const', '')}".strip()


def main(arguments: list[str] | None = None) -> int:
    """Compare two documents."""
    parser = argparse.ArgumentParser(prog="python -m api.breaking", description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    given = parser.parse_args(arguments)
    found = losses(json.loads(given.old.read_text()), json.loads(given.new.read_text()))
    sys.stdout.writelines(f"{line}\n" for line in found)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
