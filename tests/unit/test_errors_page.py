"""docs/errors.md lists every error code of the code, with its status, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path

import api.main  # noqa: F401 - brings in every error that a request can meet
from api.errors import _OWN_CODES, HTTP_ERROR_CODES
from services.clips.probe_result import Reason
from shared.errors import ChoreoError
from tests.unit.test_project_rules import ROOT, _sources

PAGE = (ROOT / "docs" / "errors.md").read_text()
FIELD = r'(?:Invalid\.at|FieldError)\(\s*[^,]+,\s*"(\w+)"|PydanticCustomError\(\s*"(\w+)"'
JOB = r'(?:JobError\(\s*code=|_service_error\(|MissingInput\(\s*)"(\w+)"'
SUPERVISOR = r'\bcode = "(\w+)" if .* else "(\w+)"'
ENGINE = r'^    code\b[^"\n]*= "(\w+)"'
BY_RULE = {"start_by_missed", "finish_by_missed"}
"""Made from the names of deadlines."""
OF_GUARD = {"webhook_target_refused"}
"""An error class that is reported as a field error."""


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def first_cells(title: str) -> set[str]:
    rows = re.findall(r"^\| (`.*?) \|", section(title), flags=re.MULTILINE)
    return {code for row in rows for code in re.findall(r"`(\w+)`", row)}


def kinds(kind: type[ChoreoError] = ChoreoError) -> Iterator[type[ChoreoError]]:
    if kind.__module__.partition(".")[0] in {"shared", "services", "api"}:
        yield kind
    for below in kind.__subclasses__():
        yield from kinds(below)


def written(pattern: str, *folders: str) -> set[str]:
    texts = [path.read_text() for path in _sources(*folders) if "motion" not in path.parts]
    found = [code for text in texts for code in re.findall(pattern, text)]
    return {part for code in found for part in ([code] if isinstance(code, str) else code) if part}


def test_problems():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (yes|no) \|", section("Problems"), flags=re.MULTILINE)
    domain = {(kind.code, str(kind.status), "yes" if kind.retryable else "no") for kind in kinds()}
    edge = {(code, str(status), "no") for code, status in HTTP_ERROR_CODES.items()}
    assert len(rows) == len(set(rows))
    assert set(rows) == domain | edge


def test_fields():
    found = written(FIELD, "shared", "services", "api")
    assert len(found) >= 20
    assert first_cells("Fields") == found | set(_OWN_CODES.values()) | OF_GUARD


def test_jobs():
    engine = re.findall(ENGINE, (ROOT / "services" / "motion" / "errors.py").read_text(), flags=re.MULTILINE)
    base = re.findall(r'code: ClassVar\[str\] = "(\w+)"', (ROOT / "services" / "motion" / "errors.py").read_text())
    assert len(engine) >= 5
    worker = written(SUPERVISOR, "worker")
    assert len(worker) == 2
    assert first_cells("Jobs") == written(JOB, "services", "worker") | worker | {*engine, *base} | BY_RULE


def test_clips():
    assert set(re.findall(r"`(\w+)`", section("Clips"))) - {"rejected", "rejection"} == {str(one) for one in Reason}


def test_the_contracts_page_is_this_one():
    assert "errors.md" in (Path(ROOT) / "docs" / "README.md").read_text()
