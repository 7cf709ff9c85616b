"""The Markdown files: links, anchors and paths resolve, lines fit in 120 characters, generated pages are current."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from deploy import settings_page
from shared.settings import FORMER_NAMES, Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
IGNORED_FOLDERS = {"node_modules", ".venv", ".git"}
FOLDERS = ("api", "bench", "deploy", "docs", "sdk", "services", "shared", "tests", "worker")
MAX_WIDTH = 120
CODE_BLOCK = re.compile(r"^ *```.*?^ *```", flags=re.DOTALL | re.MULTILINE)
CODE_SPAN = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<(?:img|source)[^>]*(?:src|srcset)=\"([^\"]+)\"")


def pages() -> list[Path]:
    """Every Markdown file of the repository but those of hidden folders and installed packages."""
    found = (path for path in ROOT.rglob("*.md") if not IGNORED_FOLDERS & set(path.parts))
    return sorted(path for path in found if not path.relative_to(ROOT).parts[0].startswith("."))


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose_of(page: Path) -> str:
    """The text without code blocks, whose lines are kept empty."""
    return CODE_BLOCK.sub(lambda block: "\n" * block[0].count("\n"), page.read_text())


def anchors_of(page: Path) -> set[str]:
    """The anchors that GitHub makes of the headings."""
    headings = re.findall(r"^#+ +(.*)$", prose_of(page), flags=re.MULTILINE)
    texts = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    found: set[str] = set()
    for text in texts:
        anchor = re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")
        found.add(next(each for each in (anchor, *(f"{anchor}-{n}" for n in range(1, 20))) if each not in found))
    return found


def links_of(page: Path) -> Iterator[str]:
    """The targets of the links to files of the repository."""
    for groups in LINK.findall(CODE_SPAN.sub("", prose_of(page))):
        target = groups[0] or groups[1]
        if not re.match(r"[a-z]+:", target):
            yield target


@cache
def _test_names() -> frozenset[str]:
    """The names of all test functions."""
    files = (ROOT / "tests").rglob("test_*.py")
    return frozenset(name for file in files for name in re.findall(r"def (test_\w+)", file.read_text()))


def is_resolved(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    return file.exists() and (not anchor or (file.suffix == ".md" and anchor in anchors_of(file)))


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_and_anchors_resolve(page: Path):
    assert [target for target in links_of(page) if not is_resolved(page, target)] == []


@pytest.mark.parametrize("page", [page for page in pages() if page != ROOT / "README.md"], ids=name_of)
def test_lines_of_prose_are_at_most_120_characters(page: Path):
    lines = enumerate(prose_of(page).splitlines(), start=1)
    assert [number for number, line in lines if len(line) > MAX_WIDTH and not line.lstrip().startswith("|")] == []


def test_a_broken_link_or_anchor_is_found(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A *title*, twice\n\n# A title twice\n\n[a](#a-title-twice-1) [b](#missing) [c](none.md)\n`[d](no)`\n"
    )
    assert [target for target in links_of(page) if not is_resolved(page, target)] == ["#missing", "none.md"]


@pytest.mark.parametrize("page", [page for page in pages() if page != ROOT / "CHANGELOG.md"], ids=name_of)
def test_paths_in_code_spans_exist(page: Path):
    """The changelog is left out: it names files that were removed."""
    spans = [span.strip("`").split()[0].split("::")[0] for span in CODE_SPAN.findall(prose_of(page)) if span != "``"]
    paths = [span.rstrip("/") for span in spans if re.fullmatch(rf"(?:{'|'.join(FOLDERS)})/[\w./-]*\w/?", span)]
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_tests_in_code_spans_exist(page: Path):
    named = re.findall(r"`(test_\w+)`", prose_of(page))
    assert [name for name in named if not any(known.startswith(name) for known in _test_names())] == []


def test_the_index_names_every_page():
    index = DOCS / "README.md"
    named = {(DOCS / target.partition("#")[0]).resolve() for target in links_of(index)}
    assert set(DOCS.rglob("*.md")) - named == {index}


def test_the_settings_page_is_current():
    assert (DOCS / "settings.md").read_text() == settings_page.page()


def test_every_setting_is_described_in_a_section():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert settings_page.SECTIONS.keys() <= Settings.model_fields.keys()
    assert next(iter(settings_page.SECTIONS)) == next(iter(Settings.model_fields))


def test_former_names_are_of_present_settings():
    assert FORMER_NAMES.keys() <= Settings.model_fields.keys()
    assert not set(FORMER_NAMES.values()) & Settings.model_fields.keys()
