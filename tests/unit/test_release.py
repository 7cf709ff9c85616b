"""One version in all places, and the release tool that changes it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.version import VERSION
from tests.unit.test_project_rules import PROJECT, ROOT
from tools import release
from tools.release import CHANGELOG, DOCUMENT, PATTERNS, RELEASED, ReleaseRefused

NEWER = "0.99.0"
ENTRY = "- An entry of this test.\n"


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit of the files that a release changes, and an entry in its changelog."""
    for name in (*PATTERNS, CHANGELOG, DOCUMENT, RELEASED):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    changelog = tmp_path / CHANGELOG
    changelog.write_text(changelog.read_text().replace(release.UNRELEASED, f"{release.UNRELEASED}\n{ENTRY}"))
    for variable in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(variable, "test")
    for variable in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(variable, "test@example.com")
    _git(tmp_path, "init", "--quiet")
    _git(tmp_path, "add", "--all")
    _git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path


def test_every_file_has_the_version_of_the_project() -> None:
    assert release.versions(ROOT) == {name: {VERSION} for name in PATTERNS}
    assert json.loads((ROOT / DOCUMENT).read_text())["info"]["version"] == VERSION
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "shared.version.VERSION"}


def test_the_changelog_has_a_section_for_the_version_and_one_for_the_next() -> None:
    sections = re.findall(r"^## \[(.+?)\]", (ROOT / CHANGELOG).read_text(), re.MULTILINE)
    assert sections[:2] == ["Unreleased", VERSION]


def test_a_release_changes_every_file_and_dates_the_changelog(tree: Path) -> None:
    release.prepare(tree, NEWER, "2030-01-02")
    assert release.versions(tree) == {name: {NEWER} for name in PATTERNS}
    changed = set(_git(tree, "diff", "--name-only").splitlines())
    assert changed == {*PATTERNS, CHANGELOG}
    text = (tree / CHANGELOG).read_text()
    assert f"## [Unreleased]\n\n## [{NEWER}] - 2030-01-02\n\n{ENTRY}" in text
    lock = json.loads((tree / "sdk/typescript/package-lock.json").read_text())
    assert lock["version"] == lock["packages"][""]["version"] == NEWER


def test_a_release_is_one_tagged_commit_of_a_clean_tree(tree: Path) -> None:
    release.prepare(tree, NEWER, "2030-01-02")
    release.commit(tree, NEWER)
    assert _git(tree, "status", "--porcelain") == ""
    assert _git(tree, "log", "--format=%s") == f"release: {NEWER}\nfirst"
    assert _git(tree, "rev-parse", f"v{NEWER}^{{commit}}") == _git(tree, "rev-parse", "HEAD")


@pytest.mark.parametrize("version", [VERSION, "0.0.9", "1.0", "v1.0.0", "1.0.0rc1", "01.0.0", ""])
def test_a_version_that_is_not_newer_or_not_three_numbers_is_refused(tree: Path, version: str) -> None:
    with pytest.raises(ReleaseRefused):
        release.prepare(tree, version, "2030-01-02")
    assert _git(tree, "status", "--porcelain") == ""


def test_a_tree_with_changes_is_refused(tree: Path) -> None:
    (tree / "new.py").write_text("")
    with pytest.raises(ReleaseRefused, match=r"new\.py"):
        release.prepare(tree, NEWER, "2030-01-02")


def test_a_tag_that_exists_is_refused(tree: Path) -> None:
    _git(tree, "tag", f"v{NEWER}")
    with pytest.raises(ReleaseRefused, match=f"v{NEWER} exists"):
        release.prepare(tree, NEWER, "2030-01-02")


def test_a_changelog_without_an_entry_is_refused(tree: Path) -> None:
    (tree / CHANGELOG).write_text("# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-11-24\n\n- First.\n")
    _git(tree, "commit", "--all", "--quiet", "--message", "empty")
    with pytest.raises(ReleaseRefused, match="no entry"):
        release.prepare(tree, NEWER, "2030-01-02")


def test_the_present_document_becomes_the_released_one(tree: Path) -> None:
    release.record_document(tree)
    assert json.loads((tree / RELEASED).read_text()) == json.loads((tree / DOCUMENT).read_text())


def test_a_document_that_breaks_the_released_one_is_refused(tree: Path) -> None:
    document = json.loads((tree / DOCUMENT).read_text())
    del document["paths"]["/v1/usage"]
    (tree / DOCUMENT).write_text(json.dumps(document))
    with pytest.raises(ReleaseRefused, match="/v1/usage: gone"):
        release.record_document(tree)
