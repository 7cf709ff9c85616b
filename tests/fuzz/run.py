"""One run of Schemathesis against a running service, and its result."""

import json
import os
import subprocess
import sys
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from services.accounts.service import create_key, create_tenant
from tests.service import Service

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EVENT = {"$ref": "#/components/schemas/Event"}
PROGRAM = Path(sys.executable).with_name("schemathesis")


class Verdict(NamedTuple):
    """The number of requests, the number of failed checks, and the output of Schemathesis."""

    num_cases: int
    num_failures: int
    text: str


def fuzz(service: Service, folder: Path, *options: str) -> Verdict:
    """Calls every operation. `options` are those of `schemathesis run`; document and report go to `folder`."""
    base = service.settings.public_url
    document, report, chosen = folder / "openapi.json", folder / "report.json", folder / "schemathesis.toml"
    document.write_text(json.dumps(with_events(service.client().get("/openapi.json").json())))
    known = resources(service)
    chosen.write_text(Template((HERE / "schemathesis.toml").read_text()).substitute(known))
    command = [PROGRAM, "--no-color", "--config-file", chosen, "run", document, "--url", base]
    reporting = ["--report", "json", "--report-json-path", report]
    environment = os.environ | known | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, *reporting, *options], check=False, cwd=folder, env=environment, capture_output=True, text=True
    )
    return _verdict(report, done)


def with_events(document: dict[str, Any]) -> dict[str, Any]:
    """The document in which each event of a stream is described as in OpenAPI 3.2; 3.1 cannot express it."""
    event = {"type": "string", "contentMediaType": "application/json", "contentSchema": EVENT}
    parts = {"id": {"type": "string", "pattern": "^[1-9][0-9]*$"}, "event": {"type": "string"}, "data": event}
    items = {"type": "object", "properties": parts, "required": list(parts)}
    operation = document["paths"]["/v1/jobs/{job_id}/events"]["get"]
    operation["responses"]["200"]["content"]["text/event-stream"] = {"itemSchema": items}
    return document


def _verdict(report: Path, done: "subprocess.CompletedProcess[str]") -> Verdict:
    text = done.stdout + done.stderr
    if not report.exists() or not report.stat().st_size:  # it was killed
        return Verdict(0, 1, text)
    found = json.loads(report.read_text())
    wrong = found["test_cases"]["unique_failures"] + sum(error["count"] for error in found["errors"])
    wrong += len(found["warnings"]["missing_auth"])  # the key got lost on the way, so that nothing was tried
    return Verdict(found["test_cases"]["generated"], wrong or int(done.returncode != 0), text)


def resources(service: Service) -> dict[str, str]:
    """One resource of each kind and an API key, as the configuration names them."""
    with service.database.write() as session:
        now = service.clock.now()
        tenant, other = create_tenant(session, "acme", now), create_tenant(session, "other", now)
        spare = create_key(session, tenant.id, "spare", ("read",), now)
        own = create_key(session, tenant.id, "fuzz", ("read", "train", "generate", "admin"), now)
    caller = service.client({"Authorization": f"Bearer {own.token}"})
    concept = caller.post("/v1/concepts", json={"name": "orbit"}).json()["id"]
    clip = service.ready_clip(caller)
    body = {"concept": concept, "clips": [{"clip_id": clip, "caption": "a ball orbiting"}]}
    job = caller.post("/v1/trainings", json=body, headers={"Prefer": "wait=60"}).json()["id"]
    endpoint = caller.post("/v1/webhook-endpoints", json={"url": "https://example.com/hook"}).json()["id"]
    found = {
        "KEY": own.token,
        "OWN_KEY_ID": own.id,
        "KEY_ID": spare.id,
        "OWN_TENANT_ID": tenant.id,
        "TENANT_ID": other.id,
        "CONCEPT_ID": concept,
        "CLIP_ID": clip,
        "JOB_ID": job,
        "ENDPOINT_ID": endpoint,
        "DELIVERY_ID": caller.post(f"/v1/webhook-endpoints/{endpoint}/test").json()["id"],
    }
    return {f"FUZZ_{name}": value for name, value in found.items()}
