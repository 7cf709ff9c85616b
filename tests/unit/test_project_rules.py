"""Project rules that no linter checks: sizes, places, imports of `shared`."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["importlinter"]["root_packages"]
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
HEAVY = {"accelerate", "celery", "diffusers", "peft", "torch", "transformers"}
MADE = {"build", "node_modules"}


def _sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*.py") if not MADE & set(path.parts))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text())
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_every_top_level_package_is_in_the_import_contracts() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert found == set(PACKAGES)


def test_files_are_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in _sources(*PACKAGES, "tests")}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


def test_functions_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in _sources(*PACKAGES, "tests")
        if "versions" not in path.parts  # a migration is a list
        for function in _functions(path)
        if (function.end_lineno or 0) - function.lineno >= MAX_FUNCTION_LINES
    ]
    assert long == []


def test_all_json_that_is_written_is_json() -> None:
    """Python writes NaN and infinities as words that no other reader knows, unless `allow_nan` is false."""
    clients = [path for path in (ROOT / "sdk").rglob("*.py") if not {"generated", *MADE} & set(path.parts)]
    loose = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in [*_sources(*PACKAGES, "tools"), *clients]
        if "json.dump" in path.read_text()
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) in {"json.dump", "json.dumps"}
        and not any(keyword.arg == "allow_nan" for keyword in call.keywords)
    ]
    assert loose == []


def test_shared_imports_the_standard_library_and_pydantic_only() -> None:
    allowed = sys.stdlib_module_names | {"pydantic", "pydantic_settings", "pydantic_core", "shared"}
    imported = {name.partition(".")[0] for path in _sources("shared") for name in _imported(path)}
    assert imported <= allowed


def test_an_api_image_carries_no_torch() -> None:
    project = PROJECT["project"]
    names = {
        re.split(r"[\[<>=~!]", line)[0] for line in project["dependencies"] + project["optional-dependencies"]["api"]
    }
    assert not names & HEAVY


def test_every_package_is_shipped() -> None:
    patterns = {pattern.removesuffix("*") for pattern in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert patterns == set(PACKAGES)
    folders = {path.parent for package in PACKAGES for path in _sources(package)}
    assert [folder for folder in folders if not (folder / "__init__.py").exists() and folder.name != "versions"] == []
