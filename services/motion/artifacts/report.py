"""The report of a training, generation or evaluation: the file `report.json`."""

import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

REPORT_FILE = "report.json"
_LIBRARIES = ("torch", "diffusers", "peft", "transformers", "safetensors", "av", "numpy")


def write_report(folder: Path, report: dict[str, Any]) -> Path:
    """Write `report.json`; returns its path."""
    path = folder / REPORT_FILE
    path.write_text(json.dumps(report, indent=2) + "\n")
    return path


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that affect results."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _LIBRARIES}
