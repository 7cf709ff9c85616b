"""`python -m deploy.settings_page`: prints docs/settings.md, the table of all settings, from `shared/settings.py`."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from shared.setting_types import Network
from shared.settings import CLIENT_VARIABLES, FORMER_NAMES, PREFIX, REQUIRED_IN_PRODUCTION, Settings

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = {
    "environment": "Process, database and broker",
    "storage_url": "Object storage",
    "work_dir": "Models and the engine",
    "lease_seconds": "Jobs and workers",
    "webhook_allowed_networks": "Requests, clips and webhooks",
}
"""The first field of each section, in the order of the class, and the section's title."""

_TYPES: dict[Any, str] = {
    str: "text",
    SecretStr: "secret",
    int: "integer",
    float: "number",
    bool: "`true` or `false`",
    Path: "path",
    dict[str, Path]: "JSON object",
    list[Network]: "JSON list",
}
_BOUNDS: dict[Any, str] = {Gt: "above", Ge: "at least", Lt: "below", Le: "at most"}

_INTRODUCTION = """# Settings

Every program of the service reads the same settings from environment variables.
This page is generated from [shared/settings.py](../shared/settings.py), and a test holds the two together:
`python -m deploy.settings_page > docs/settings.md`.

- A setting may be in a file: `CHOREO_X_FILE` names a file whose text is the value of `CHOREO_X`, without a trailing
  newline. Setting both is an error.
- An unknown variable that starts with `CHOREO_` is an error, so a misspelt name stops the start (exit status 78).
- Lists and objects are JSON: `CHOREO_BASE_MODELS='{"zeroscope": "/models/zeroscope"}'`.
- Relative paths are relative to the folder in which a program starts.
"""


def page() -> str:
    """The text of docs/settings.md."""
    return "\n".join([_INTRODUCTION, *_production(), *_tables(), *_former_names(), *_client_variables()])


def _production() -> Iterator[str]:
    names = ", ".join(f"`{_variable(name)}`" for name in REQUIRED_IN_PRODUCTION)
    yield "With `CHOREO_ENVIRONMENT=production` these have no default and must be set:"
    yield f"{names}.\n"


def _tables() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        if name in SECTIONS:
            yield f"{'' if name == 'environment' else chr(10)}## {SECTIONS[name]}\n"
            yield "| variable | type | default | meaning |\n|---|---|---|---|"
        yield f"| `{_variable(name)}` | {_type(field)} | {_default(field)} | {_meaning(field)} |"


def _former_names() -> Iterator[str]:
    yield "\n## Former names\n"
    yield "Accepted for one release, with a warning in the log.\n"
    yield "| former name | present name |\n|---|---|"
    yield from (f"| `{_variable(former)}` | `{_variable(present)}` |" for present, former in FORMER_NAMES.items())


def _client_variables() -> Iterator[str]:
    names = ", ".join(f"`{name}`" for name in sorted(CLIENT_VARIABLES))
    yield "\n## Variables of the client\n"
    yield f"The [client and the `choreo` command](sdk.md) read {names}."
    yield "The programs of the service ignore them.\n"


def _variable(name: str) -> str:
    return f"{PREFIX}{name}".upper()


def _type(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (part for part in get_args(annotation) if part is not NoneType)
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(annotation))
    metadata: list[Any] = field.metadata
    bounds = [
        f"{word} {getattr(bound, type(bound).__name__.lower())}"
        for bound in metadata
        if (word := _BOUNDS.get(type(bound)))
    ]
    return ", ".join([_TYPES[annotation], *bounds])


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is None:
        return "unset"
    if isinstance(value, SecretStr):
        return f"`{value.get_secret_value()}`"
    text = value if isinstance(value, str) else json.dumps(value, default=_path, allow_nan=False)
    return f"`{text.strip(chr(34))}`"


def _meaning(field: FieldInfo) -> str:
    """The description, with other pages as links."""
    return re.sub(r"docs/([\w-]+\.md)", r"[\1](\1)", field.description or "")


def _path(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_absolute() else f"./{path}"


if __name__ == "__main__":
    sys.stdout.write(page())
