"""The lock files in `requirements/`: complete, hashed, and what `pyproject.toml` asks for."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.unit.test_project_rules import PROJECT, ROOT

CLIENT = tomllib.loads((ROOT / "sdk" / "python" / "pyproject.toml").read_text())["project"]
GENERATOR = (ROOT / "sdk" / "python" / "generator.txt").read_text()
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
APART = {"torch"}
"""Installed by its pin, not from a lock file of `make setup` (docs/decisions/dependencies.md)."""


def _lock(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.lock"


def locked(name: str) -> dict[str, Version]:
    """The version of each package in a lock file."""
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", _lock(name).read_text(), re.MULTILINE)
    return {canonicalize_name(package): Version(version) for package, version in pins}


def _extra(name: str) -> list[str]:
    """The requirements of an extra of the service, with those of the extras that it includes."""
    found: list[str] = []
    for line in PROJECT["project"]["optional-dependencies"][name]:
        included = re.fullmatch(r"choreo\[(\w+)\]", line)
        found += _extra(included.group(1)) if included else [line]
    return found


def _group(name: str) -> list[str]:
    """The requirements of a dependency group, with those of the groups that it includes."""
    found: list[str] = []
    for line in PROJECT["dependency-groups"][name]:
        found += [line] if isinstance(line, str) else _group(line["include-group"])
    return found


def _client() -> list[str]:
    return [*CLIENT["dependencies"], *CLIENT["optional-dependencies"]["command"]]


def _image(extra: str) -> list[str]:
    return [*PROJECT["project"]["dependencies"], *_extra(extra)]


DECLARED = {
    "api": _image("api"),
    "relay": _image("relay"),
    "worker": _image("worker"),
    "client": _client(),
    "dev": [*_image("api"), *_image("worker"), *_client(), *_group("dev")],
    "generator": [line for line in GENERATOR.splitlines() if not line.startswith("#")],
    "torch": [line for line in _extra("worker") if line.startswith("torch==")],
}


def test_every_lock_file_is_known() -> None:
    assert {path.stem for path in LOCKS} == set(DECLARED)


@pytest.mark.parametrize("name", DECLARED)
def test_what_is_declared_is_locked(name: str) -> None:
    pins = locked(name)
    wanted = [Requirement(line) for line in DECLARED[name]]
    for requirement in wanted:
        package = canonicalize_name(requirement.name)
        if package in APART and name != "torch":
            assert package not in pins
        else:
            assert requirement.specifier.contains(pins[package]), (
                f"{requirement}, locked: {pins[package]}: run make lock"
            )


@pytest.mark.parametrize("name", sorted(set(DECLARED) - {"generator"}))
def test_what_locked_packages_require_is_locked(name: str) -> None:
    """For this machine's Python and platform, by the metadata of the packages that are installed here."""
    pins = locked(name)
    for package in metadata.distributions():
        if pins.get(canonicalize_name(package.name)) != Version(package.version):
            continue
        for requirement in map(Requirement, package.requires or []):
            required = canonicalize_name(requirement.name)
            if required in APART or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
                continue
            assert requirement.specifier.contains(pins[required]), f"{package.name} requires {requirement}"


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_every_package_has_hashes_and_no_index_is_named(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if line and not line.lstrip().startswith("#")]
    packages = [line for line in lines if not line.startswith(" ")]
    assert packages
    assert [line for line in packages if not re.fullmatch(r"[\w.-]+==[^\s;]+( ; [^\\]+)? \\", line)] == []
    hashes = [line for line in lines if line.startswith(" ")]
    assert [line for line in hashes if not re.fullmatch(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?", line)] == []


@pytest.mark.parametrize("name", sorted(set(DECLARED) - {"dev"}))
def test_a_package_has_one_version_in_all_lock_files(name: str) -> None:
    dev = locked("dev")
    shared = locked(name).keys() & dev.keys() - ({"typer", "click"} if name == "generator" else set())
    assert {package: dev[package] for package in shared} == {package: locked(name)[package] for package in shared}
    if name in {"api", "relay", "worker", "client"}:
        assert locked(name).keys() <= dev.keys()


def test_no_library_of_cuda_is_locked_for_machines_without_a_gpu() -> None:
    for name in DECLARED.keys() - {"torch"}:
        assert [package for package in locked(name) if re.match("nvidia|cuda|triton", package)] == []
    assert any(package.startswith("nvidia-") for package in locked("torch"))


def test_the_stated_requirements_of_torch_are_its_own() -> None:
    """`[tool.uv]` states them, so that a lock file has torch's requirements without its libraries of CUDA."""
    (stated,) = PROJECT["tool"]["uv"]["dependency-metadata"]
    own = [Requirement(line) for line in metadata.requires("torch") or []]
    needed = {canonicalize_name(one.name) for one in own if not one.marker or one.marker.evaluate({"extra": ""})}
    cuda = {package for package in needed if re.match("nvidia|cuda|triton", package)}
    assert needed - cuda == {canonicalize_name(Requirement(line).name) for line in stated["requires-dist"]}


def test_setuptools_builds_both_distributions_from_what_is_locked() -> None:
    sdk = tomllib.loads((ROOT / "sdk" / "python" / "pyproject.toml").read_text())
    for project in (PROJECT, sdk):
        (requirement,) = map(Requirement, project["build-system"]["requires"])
        assert requirement.specifier.contains(locked("worker")[requirement.name])
