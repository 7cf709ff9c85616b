"""`choreo doctor`: checks configuration, service, clock, key and base models, with advice for each failure."""

import os
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpx
import typer

from choreo._sync.client import Choreo
from choreo.command.exit_status import Exit, exit_status_of
from choreo.command.session import Session
from choreo.config import Config
from choreo.errors import ChoreoError, Forbidden, Invalid, Unauthorized, Unreachable
from choreo.retries import Retries

TIMEOUT_SECONDS = 5.0
TOLERATED_SKEW_SECONDS = 60.0
"""Maximum clock skew: webhooks older than five minutes are refused, and presigned URLs expire."""
PROBES = {"train": "/v1/trainings", "generate": "/v1/generations"}
"""Probes with an empty body: 403 means a missing scope, 422 that the scope is present."""


class Check(NamedTuple):
    """The result of one check; `advice` is set on failure."""

    name: str
    exit: Exit
    detail: str
    advice: str | None = None


def doctor(session: Session) -> None:
    """Checks configuration, service, clock, key and base models, and gives advice for each failure."""
    checks: list[Check] = []
    for check in _checks(session):
        checks.append(check)
        if not session.out.as_json:
            _show(session, check)
    worst = next((check.exit for check in checks if check.exit), Exit.OK)
    if session.out.as_json:
        session.out.json({"ok": worst is Exit.OK, "checks": [_described(check) for check in checks]})
    raise typer.Exit(worst)


def _checks(session: Session) -> Iterator[Check]:
    """The checks in order. Each depends on the previous ones, so the first failure ends the run."""
    try:
        config = session.config()
    except ChoreoError as error:
        yield Check("configuration", exit_status_of(error), str(error), session.hint(error))
        return
    yield Check("configuration", Exit.OK, f"{config.base_url}, from {config.source}")
    with Choreo(config.base_url, config.api_key, retries=Retries(attempts=1), timeout=TIMEOUT_SECONDS) as choreo:
        http = choreo.client.get_httpx_client()
        try:
            yield from _service(http)
            yield from _key(config, http)
            yield _base_models(choreo)
        except Unreachable as error:
            yield Check("service", Exit.UNAVAILABLE, str(error), _restart_advice(config))
        except Unauthorized as error:
            yield Check("key", Exit.NO_ACCESS, str(error), f"the key comes from {config.source}; ask for a new one")
        except ChoreoError as error:
            yield Check("service", exit_status_of(error), str(error), "is this the address of a Choreo service?")


def _service(http: httpx.Client) -> Iterator[Check]:
    begun = time.monotonic()
    answer = http.get("/healthz")
    yield Check("service", Exit.OK, f"answers in {(time.monotonic() - begun) * 1000:.0f} ms")
    yield _clock(answer)
    try:
        http.get("/readyz")
    except ChoreoError as error:
        yield Check(
            "ready", exit_status_of(error), str(error), "the service runs, but its database or storage does not answer"
        )
    else:
        yield Check("ready", Exit.OK, "database and storage answer")


def _clock(answer: httpx.Response) -> Check:
    try:
        skew = abs(time.time() - parsedate_to_datetime(answer.headers["Date"]).timestamp())
    except (KeyError, OverflowError, ValueError):
        return Check("clock", Exit.OK, "the service sends no Date header")
    if skew <= TOLERATED_SKEW_SECONDS:
        return Check("clock", Exit.OK, f"{skew:.0f} s apart from the service's")
    advice = "set one of the two: webhooks will be refused as too old or too new"
    return Check("clock", Exit.OTHER, f"{skew:.0f} s apart from the service's", advice)


def _key(config: Config, http: httpx.Client) -> Iterator[Check]:
    scopes = [name for name, allowed in _scopes(http) if allowed]
    lacking = [name for name in ("read", *PROBES) if name not in scopes]
    advice = f"ask for a key that may also {' and '.join(lacking)}, if you need to" if lacking else None
    shown = f"{config.api_key[:8]}... may {', '.join(scopes)}" if scopes else f"{config.api_key[:8]}... may nothing"
    yield Check("key", Exit.OK if scopes else Exit.NO_ACCESS, shown, advice)


def _scopes(http: httpx.Client) -> Iterator[tuple[str, bool]]:
    yield "read", _is_allowed(http, "GET", "/v1/base-models")
    for scope, path in PROBES.items():
        yield scope, _is_allowed(http, "POST", path)


def _is_allowed(http: httpx.Client, method: str, path: str) -> bool:
    try:
        http.request(method, path, json={} if method == "POST" else None)
    except Forbidden:
        return False
    except Invalid:
        return True
    return True


def _base_models(choreo: Choreo) -> Check:
    try:
        found = choreo.base_models()
    except Forbidden:
        return Check("base models", Exit.OK, "not shown to this key")
    if not found:
        return Check("base models", Exit.UNAVAILABLE, "none", "the service needs one: CHOREO_BASE_MODELS")
    names = ", ".join(f"{model.id} ({model.family}, {model.revision}, {model.readiness})" for model in found)
    unserved = ", ".join(model.id for model in found if model.readiness == "unserved")
    advice = f"no worker takes jobs on {unserved} now: they wait for one" if unserved else None
    return Check("base models", Exit.OK, names, advice)


def _restart_advice(config: Config) -> str:
    if config.pid is not None and not _is_alive(config.pid):
        return f"the service that wrote {config.source} has ended: start it again with `make up`"
    return "is the address right, and does the service run? On this machine `make up` starts one"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _show(session: Session, check: Check) -> None:
    mark = "ok " if check.exit is Exit.OK else "BAD"
    session.out.say(f"{mark} {check.name}: {check.detail}")
    if check.advice:
        session.out.say(f"    {check.advice}")


def _described(check: Check) -> dict[str, Any]:
    return {"name": check.name, "ok": check.exit is Exit.OK, "detail": check.detail, "advice": check.advice}
