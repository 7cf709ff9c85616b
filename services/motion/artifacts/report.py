"""The report of a training, generation or evaluation: the file `report.json`."""

import json
import math
import platform
from importlib import metadata
from pathlib import Path
from typing import Any, cast

REPORT_FILE = "report.json"
_LIBRARIES = ("torch", "diffusers", "peft", "transformers", "safetensors", "av", "numpy")


def write_report(folder: Path, report: dict[str, Any]) -> Path:
    """Write `report.json`; returns its path. Numbers that are not finite become null, because JSON has none."""
    path = folder / REPORT_FILE
    path.write_text(json.dumps(_finite(report), indent=2, allow_nan=False) + "\n")
    return path


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {name: _finite(one) for name, one in cast("dict[str, Any]", value).items()}
        case list() | tuple():
            return [_finite(one) for one in cast("list[Any]", value)]
        case _:
            return value


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that affect results."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _LIBRARIES}
