"""The OpenAPI 3.1 document: generated from the code, completed here, committed as `sdk/openapi.json`.

`python -m api.openapi` writes it; `python -m api.openapi --check` fails when the committed one has drifted.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api.responses import EXAMPLE
from api.specimens import specimen
from shared.schemas.event import Event
from shared.schemas.problem import Problem
from shared.schemas.webhook import EndpointTest, JobNews, VersionNews, WebhookPayload
from shared.settings import Settings
from shared.version import VERSION

COMMITTED = Path(__file__).resolve().parents[1] / "sdk" / "openapi.json"
TITLE = "Choreo"
DESCRIPTION = """Learns a *motion concept* from one or a few clips and performs it with any new appearance that a prompt describes.

Everything under `/v1` needs `Authorization: Bearer chk_...`. Jobs are asynchronous: a POST answers 202 with the job; read on by
`GET /v1/jobs/{id}`, by Server-Sent Events, by `Prefer: wait=N`, or be told by a signed webhook. `state_seq` is the same
number in all of them. Every POST takes an `Idempotency-Key`. Errors are `application/problem+json` (RFC 9457).
"""  # noqa: E501 - Markdown, reflowed by whoever shows it
TAGS = [
    {"name": "clips", "description": "Reference clips: declare, upload by the presigned URL, complete."},
    {"name": "concepts", "description": "Motion concepts, their immutable versions, and aliases that point at them."},
    {"name": "trainings", "description": "Learn a motion concept from clips."},
    {"name": "generations", "description": "Perform a concept with a new appearance."},
    {"name": "evaluations", "description": "Measure what a version of a concept performs."},
    {"name": "jobs", "description": "Trainings, generations and evaluations, as they go."},
    {"name": "events", "description": "What happened, in order and without gaps."},
    {"name": "webhooks", "description": "Registered receivers of events, and the log of what was sent to them."},
    {"name": "deletions", "description": "What was deleted for good, and the proof of it."},
    {"name": "usage", "description": "What was used: jobs, GPU seconds, storage."},
    {"name": "base-models", "description": "The pretrained models that concepts are learned on."},
    {
        "name": "admin",
        "description": "Tenants, keys and limits, for whoever runs the service: keys with the scope `admin`.",
    },
    {"name": "health", "description": "For load balancers and people."},
]

_LIST_OF_JOBS = re.compile(r"Page_Annotated_Union_\w+")


def install(app: FastAPI) -> None:
    """Makes `app` serve the completed document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app)
        return app.openapi_schema

    app.openapi = openapi


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document of an app."""
    found = _named(get_openapi(title=TITLE, version=VERSION, description=DESCRIPTION, routes=app.routes, tags=TAGS))
    found["servers"] = [{"url": "/", "description": "This service."}]
    found["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas |= _schemas()
    for parameter in _headers(found):
        _cannot_be_null(parameter["schema"])
    for name, schema in schemas.items():
        schema.setdefault("examples", [specimen(name, schemas)])
    found["webhooks"] = {"news": {"post": _webhook()}}
    return found


def render(app: FastAPI) -> str:
    """The document as it is committed."""
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


def settings(folder: Path) -> Settings:
    """Settings of an app that is made for its document only; its files stay in `folder`."""
    return Settings(
        database_url=f"sqlite:///{folder}/choreo.db",
        storage_url=f"directory:{folder}/storage",
        work_dir=folder / "work",
    )


def _named(found: dict[str, Any]) -> dict[str, Any]:
    """The document with short names for lists of unions: FastAPI spells them out."""
    return json.loads(_LIST_OF_JOBS.sub("Page_Job_", json.dumps(found)))


def _schemas() -> dict[str, Any]:
    """The schemas that no handler names: problems, events of a stream, bodies of webhooks."""
    models = (Problem, Event, WebhookPayload, JobNews, VersionNews, EndpointTest)
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "serialization") for model in models]
    _, found = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    found["$defs"]["Problem"]["examples"] = [EXAMPLE]
    return found["$defs"]


def _headers(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every header that a request may carry."""
    for item in found["paths"].values():
        for operation in item.values():
            yield from (one for one in operation.get("parameters", ()) if one["in"] == "header")


def _cannot_be_null(schema: dict[str, Any]) -> None:
    """Take null out of what an optional header may be, which FastAPI lets in: a header is text, or is left out."""
    parts = [part for part in schema.pop("anyOf", ()) if part != {"type": "null"}]
    if len(parts) == 1:
        schema |= parts[0]
    elif parts:
        schema["anyOf"] = parts


def _webhook() -> dict[str, Any]:
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/WebhookPayload"}}}
    headers = {
        "webhook-id": "Unique to the message and the same in every try: drop what you have seen.",
        "webhook-timestamp": "Seconds since 1970; refuse what is older than five minutes.",
        "webhook-signature": "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; two in a rotation.",
    }
    return {
        "operationId": "receive_webhook",
        "tags": ["webhooks"],
        "summary": "News, sent to registered endpoints and to a job's `webhook_url`",
        "description": "Signed as Standard Webhooks 1.0.0 says. Any 2xx is success; anything else is tried again.",
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        ],
        "requestBody": {"required": True, "content": body},
        "responses": {"204": {"description": "Taken."}},
    }


def main(arguments: list[str] | None = None) -> int:
    """Writes the committed document, or with `--check` compares with it."""
    from api.main import create_app  # noqa: PLC0415 - main imports this module

    parser = argparse.ArgumentParser(prog="python -m api.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when sdk/openapi.json has drifted")
    check: bool = parser.parse_args(arguments).check
    with TemporaryDirectory() as folder:
        text = render(create_app(settings(Path(folder))))
    if check:
        return int(not COMMITTED.is_file() or COMMITTED.read_text() != text)
    COMMITTED.parent.mkdir(exist_ok=True)
    COMMITTED.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
