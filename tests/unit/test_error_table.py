"""Every error code that a caller may meet stands in docs/errors.md, and nothing stands there that nobody raises."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

import api
import services
import shared
from api.errors import _MALFORMED, _OWN_CODES
from services.clips.verdict import Reason
from services.motion.errors import MotionError
from shared.errors import ChoreoError, Fenced

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "errors.md"
OF_OPERATORS = {"configuration", "fenced"}
"""Raised where no caller is: at the start of a program, and in workers."""
BY_STATUS = {"method_not_allowed": 405, "unsupported_media_type": 415, "client_gone": 400, _MALFORMED: 400}
MISSED = {"start_by_missed", "finish_by_missed"}
"""Put together from the deadline's name."""
CALLS = {"Invalid.at": 1, "FieldError": 1, "JobError": "code", "_service_error": 0, "MissingInput": 0, "self._fail": 0}
"""Which argument of a call is a code."""


@pytest.fixture(scope="module")
def documented() -> dict[str, dict[str, str]]:
    """The tables of the page, by section: code to the cell after it."""
    sections: dict[str, dict[str, str]] = {}
    for part in re.split(r"^## ", TABLE.read_text(), flags=re.MULTILINE)[1:]:
        rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", part, flags=re.MULTILINE)
        assert len(rows) == len(dict(rows)), "a code stands there twice"
        sections[part.partition("\n")[0]] = {code: cell.strip() for code, cell in rows}
    return sections


def modules() -> Iterator[str]:
    for package in (api, services, shared):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if (
                not found.name.startswith(("services.motion", "services.db.migrations"))
                and "__main__" not in found.name
            ):
                yield found.name


def kinds(base: type[BaseException]) -> Iterator[type[BaseException]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_problems_stand_there_with_their_status(documented: dict[str, dict[str, str]]):
    for name in modules():
        importlib.import_module(name)
    raised = {
        kind.code: kind.status for kind in (ChoreoError, *kinds(ChoreoError)) if not kind.__name__.startswith("_")
    }
    assert Fenced.code in raised
    wanted = {code: status for code, status in (raised | BY_STATUS).items() if code not in OF_OPERATORS}
    assert {code: int(cell) for code, cell in documented["Problems"].items()} == wanted
    assert all(HTTPStatus(status) for status in wanted.values())


def literals(*names: str) -> set[str]:
    """The codes that calls of these functions are given, word for word."""
    found: set[str] = set()
    for package in ("api", "services", "shared", "worker"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
                    found |= _literal(node, CALLS[ast.unparse(node.func)])
    return found


def _literal(call: ast.Call, which: int | str) -> set[str]:
    arguments = [word.value for word in call.keywords if word.arg == which]
    if isinstance(which, int) and len(call.args) > which:
        arguments = [call.args[which]]
    return {one.value for one in arguments if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def test_fields_stand_there(documented: dict[str, dict[str, str]]):
    wanted = literals("Invalid.at", "FieldError") | set(_OWN_CODES.values())
    assert documented["Fields"].keys() == wanted


def test_rejections_of_clips_stand_there(documented: dict[str, dict[str, str]]):
    assert documented["Rejected clips"].keys() == {reason.value for reason in Reason}


def test_failures_of_jobs_stand_there(documented: dict[str, dict[str, str]]):
    motion = {kind.code for kind in kinds(MotionError)}
    wanted = literals("JobError", "_service_error", "MissingInput", "self._fail") | motion | MISSED
    stored = documented["Failed jobs"].keys() - {"storage_unavailable", "storage_error", "object_missing"}
    assert stored == wanted - {"storage_unavailable", "storage_error", "object_missing"}
