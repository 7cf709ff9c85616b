"""Derives the request form of a resolved schema, so that each field is defined once.

A resolved schema, such as `TrainingRecipe`, has a value for every field; its defaults are those of the method. In its
request form every field is optional, and a field that the caller omits is filled with the base model's default.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo

from shared.schemas.common import RequestSchema, ResolvedSchema

Base = TypeVar("Base", bound=RequestSchema)


def request_form(
    resolved: type[ResolvedSchema],
    base: type[Base],
    *,
    nested: Mapping[str, RequestSchema] | None = None,
    defaults: Mapping[str, str] | None = None,
) -> type[Base]:
    """A subclass of `base` with every field of `resolved` as an optional one, whose default is None.

    `nested` has the default of each field that is itself a schema with a request form. `defaults` says, for the
    description, what replaces an omitted value; for other fields that is the base model's default.
    """
    fields: dict[str, Any] = {}
    for name, field in resolved.model_fields.items():
        default = nested.get(name) if nested else None
        replaced_by = (defaults or {}).get(name, f"the base model's `{name}`")
        info: Any = Field(
            default=default,
            description=f"{field.description} Default: {replaced_by}.",
            examples=field.examples or ([] if field.is_required() else [field.get_default()]),
        )
        fields[name] = (_constrained(field) | None if default is None else type(default), info)
    return create_model(f"{resolved.__name__}Form", __base__=base, **fields)


def defaults_of(resolved: type[ResolvedSchema], *, exclude: Collection[str] = ()) -> dict[str, Any]:
    """The default of every field that has one; nested schemas as dictionaries."""
    defaults = {name: field.get_default() for name, field in resolved.model_fields.items() if not field.is_required()}
    return {
        name: value.model_dump() if isinstance(value, BaseModel) else value
        for name, value in defaults.items()
        if name not in exclude
    }


def _constrained(field: FieldInfo) -> Any:
    """The type of a field with its constraints."""
    return cast("Any", Annotated)[(field.annotation, *field.metadata)] if field.metadata else field.annotation
