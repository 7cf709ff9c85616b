"""The Python client: its imports, generated code that matches the document, and coverage of every operation."""

import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from choreo import Choreo, config
from choreo.command.exit_status import MEANINGS
from shared.settings import CLIENT_VARIABLES, Settings
from tests.unit.test_project_rules import PACKAGES, ROOT, _functions, _imported, _sources

SDK = ROOT / "sdk" / "python"
BY_HAND = [path for path in (SDK / "src").rglob("*.py") if "generated" not in path.parts]
LIBRARIES = {"anyio", "attrs", "httpx", "httpx_sse", "standardwebhooks"}
COMMANDS_LIBRARIES = {"rich", "typer"}


def test_it_imports_nothing_of_the_service_and_only_the_demo_imports_it():
    allowed = sys.stdlib_module_names | LIBRARIES | {"choreo"}
    for path in BY_HAND:
        names = {name.partition(".")[0] for name in _imported(path)}
        command = "command" in path.parts or path.name == "__main__.py"
        assert names <= allowed | (COMMANDS_LIBRARIES if command else set()), path
    for path in _sources(*PACKAGES):
        if "demo" not in path.parts:  # deploy/demo calls the service as a product backend does
            assert "choreo" not in {name.partition(".")[0] for name in _imported(path)}, path


def test_its_dependencies_are_declared():
    text = (SDK / "pyproject.toml").read_text()
    declared = set(re.findall(r'^    "([\w-]+)>=', text, flags=re.MULTILINE))
    assert {name.replace("-", "_") for name in declared} == LIBRARIES | COMMANDS_LIBRARIES


def test_files_and_functions_are_short():
    assert [path for path in BY_HAND if len(path.read_text().splitlines()) > 300] == []
    long = [
        f"{path}:{function.name}"
        for path in BY_HAND
        for function in _functions(path)
        if (function.end_lineno or 0) - function.lineno >= 60
    ]
    assert long == []


def _check(folder: Path, client: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(folder / client / "generate.py"), "--check"]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("client", ["python", "typescript"])
def test_it_is_made_from_the_present_document(client: str):
    done = _check(ROOT / "sdk", client)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("client", "changed"),
    [
        ("python", "openapi.json"),
        ("python", "python/src/choreo/_async/jobs.py"),
        ("python", "python/src/choreo/_sync/jobs.py"),
        ("python", "python/src/choreo/generated/models/clip.py"),
        ("typescript", "openapi.json"),
        ("typescript", "typescript/package-lock.json"),
        ("typescript", "typescript/src/generated/types.gen.ts"),
    ],
)
def test_any_drift_is_seen(tmp_path: Path, client: str, changed: str):
    leave = shutil.ignore_patterns("*.egg-info", "__pycache__", "node_modules", "dist")
    shutil.copytree(ROOT / "sdk", tmp_path / "sdk", ignore=leave)
    assert _check(tmp_path / "sdk", client).returncode == 0
    file = tmp_path / "sdk" / changed
    file.write_text(file.read_text() + " ")
    done = _check(tmp_path / "sdk", client)
    assert (done.returncode, "make sdk" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("noun", "schema"),
    [
        ("trainings", "TrainingRequest"),
        ("generations", "GenerationRequest"),
        ("evaluations", "EvaluationRequest"),
        ("concepts", "ConceptCreate"),
        ("webhook_endpoints", "WebhookEndpointCreate"),
    ],
)
def test_every_field_of_a_request_can_be_given(noun: str, schema: str):
    document = json.loads((ROOT / "sdk" / "openapi.json").read_text())
    fields = document["components"]["schemas"][schema]["properties"]
    closed = {name for name, field in fields.items() if _is_constant(field)}  # one value only: nothing to choose
    with Choreo("http://127.0.0.1:1", "chk_1") as choreo:
        given = set(inspect.signature(getattr(choreo, noun).create).parameters)
    assert fields.keys() - closed == given - {"idempotency_key"}


def _is_constant(field: dict) -> bool:
    return any("const" in one for one in [field, *field.get("anyOf", ())])


def test_a_service_minds_nothing_that_callers_set(monkeypatch: pytest.MonkeyPatch):
    own = {config.BASE_URL, config.API_KEY, config.WEBHOOK_SECRET}
    assert own == CLIENT_VARIABLES
    for name in own:
        monkeypatch.setenv(name, "x")
    Settings()
    monkeypatch.setenv("CHOREO_BASE_URLS", "x")
    with pytest.raises(ValueError, match="CHOREO_BASE_URLS"):
        Settings()


def test_the_page_for_users_has_every_exit_status():
    page = (ROOT / "docs" / "sdk.md").read_text()
    assert {f"| {int(status)} | {meaning} |" for status, meaning in MEANINGS.items()} <= set(page.splitlines())
