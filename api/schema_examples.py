"""Examples of the OpenAPI document's schemas, composed of the examples of their fields.

The value of a field is its own example; else its default, unless that is null; else an example of its schema.
"""

from collections.abc import Mapping
from typing import Any

Schemas = Mapping[str, Mapping[str, Any]]


class NoExample(Exception):
    """A field needs `examples`: neither its type nor its default gives one."""


def example_of(name: str, schemas: Schemas) -> Any:
    """An example of the component schema with this name. Raises NoExample."""
    return _example(schemas[name], schemas, name)


def _example(schema: Mapping[str, Any], schemas: Schemas, path: str) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(schema["$ref"].rpartition("/")[2], schemas)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return _example(schema[union][0], schemas, path)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _example_of_type(schema, schemas, path)


def _example_of_type(schema: Mapping[str, Any], schemas: Schemas, path: str) -> Any:
    match schema.get("type"):
        case "object" if "properties" in schema:
            return {name: _value(field, schemas, f"{path}.{name}") for name, field in schema["properties"].items()}
        case "array":
            return [_example(schema["items"], schemas, path)]
        case _:
            raise NoExample(f"{path} has neither a default nor an example")


def _value(field: Mapping[str, Any], schemas: Schemas, path: str) -> Any:
    if "examples" not in field and field.get("default") is not None:
        return field["default"]
    return _example(field, schemas, path)
