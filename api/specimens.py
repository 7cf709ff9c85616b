"""An example of every schema, put together from one example of each field, so that a new schema has one by itself.

A field is looked up by `Schema.field`, then by its name; then its default, its enum, its format and its bounds decide.
"""

import re
from collections.abc import Mapping
from typing import Any

Schemas = Mapping[str, Mapping[str, Any]]

NOW, LATER, DAY = "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z", "2026-03-01"
ULID = "01KAPZ6V3W8Q0M4N5R6S7T8V9X"
_FORMATS = {"date-time": NOW, "date": DAY}
_ID = re.compile(r"\^([a-z]+_)\[0-7\]")
_STORAGE = "https://storage.example.com/"
FIELDS: dict[str, Any] = {
    "Alias.name": "prod",
    "Artifact.name": "video.mp4",
    "AuditEntry.action": "rotate_key",
    "AuditEntry.actor_key_id": f"key_{ULID}",
    "AuditEntry.actor_tenant_id": f"ten_{ULID}",
    "AuditEntry.id": f"aud_{ULID}",
    "AuditEntry.target": f"key_{ULID}",
    "BaseModel.id": "choreo-world",
    "BaseModelStamp.id": "choreo-world",
    "BaseModel.training_defaults": {"rank": 16, "steps": 500},
    "BaseModel.generation_defaults": {"steps": 30, "guidance_scale": 1.0},
    "AliasPut.expected_version": None,
    "ClipCreate.url": None,
    "Clip.rejection": None,
    "Clip.upload": None,
    "ClipRejection.code": "not_a_video",
    "ClipRejection.message": "This is not a video.",
    "DeadLetter.id": f"job_{ULID}",
    "DeadLetter.reason": "attempts_exhausted",
    "Deletion.id": f"del_{ULID}",
    "Deletion.subject": f"clip_{ULID}",
    "EvaluationRequest.samples": None,
    "Event.data": {"id": f"job_{ULID}", "state": "succeeded", "state_seq": 7},
    "Event.id": f"evt_{ULID}",
    "Event.type": "training.succeeded",
    "GenerationResult.artifacts": [],
    "Interval.high": 61.0,
    "Interval.likely": 42.5,
    "Interval.low": 30.5,
    "JobError.code": "engine_lost",
    "JobPreview.state": "ready",
    "PromotionRequest.step": 200,
    "JobError.message": "The engine ended.",
    "Key.name": "web backend",
    "KeyCreate.name": "web backend",
    "KeyWithToken.name": "web backend",
    "MetricPoint.phase": "training",
    "Requeued.id": f"job_{ULID}",
    "Problem.status": 422,
    "Problem.type": "urn:choreo:problem:invalid",
    "ProblemField.code": "unknown_field",
    "Progress.phase": "training",
    "Tenant.name": "Acme",
    "TenantCreate.name": "Acme",
    "TenantPatch.name": "Acme",
    "WebhookAttempt.error": None,
    "Worker.name": "gpu-1",
    "Worker.queues": ["training.choreo-world", "generation.choreo-world"],
    "WebhookAttempt.status": 204,
    "WebhookPayload.data": {"id": f"job_{ULID}", "kind": "training", "state": "succeeded", "state_seq": 7},
    "base_model": "choreo-world",
    "cancel": f"https://choreo.example.com/v1/jobs/job_{ULID}/cancel",
    "caption": "a red ball orbiting on a black background",
    "code": "invalid",
    "confidence": 0.8,
    "content_hash": "9f2c" * 16,
    "content_type": "video/mp4",
    "description": "One turn, counter-clockwise.",
    "detail": "/recipe/stepps: This field is not known.",
    "disabled_at": None,
    "disabled_reason": None,
    "error": None,
    "events": f"https://choreo.example.com/v1/jobs/job_{ULID}/events",
    "expires_at": LATER,
    "file_name": "orbit.mp4",
    "finish_by": LATER,
    "fps": 8,
    "gpu_seconds": 42.5,
    "height": 64,
    "hint": "x7Qm",
    "learning_rate": 0.004,
    "message": "This field is not known.",
    "metadata": {"order": "1234"},
    "method": "PUT",
    "metrics": {"final_loss": 0.031},
    "name": "orbiting",
    "negative_prompt": "",
    "next_cursor": None,
    "num_frames": 16,
    "pointer": "/recipe/stepps",
    "previous_secret_until": None,
    "promoted_step": None,
    "prompts": ["a blue cube orbiting on a green background"],
    "evaluation_prompts": ["a blue cube orbiting on a green background"],
    "prompt": "a blue cube orbiting on a green background",
    "request_id": f"req_{ULID}",
    "resumed_from_step": None,
    "retry_of": None,
    "revision": "3",
    "revoked_at": None,
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "seed": 7,
    "self": f"https://choreo.example.com/v1/jobs/job_{ULID}",
    "sha256": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
    "size_bytes": 48213,
    "steps": 300,
    "thumbnail_url": f"{_STORAGE}thumbnail.jpg?signature=...",
    "timestep_range": [0.0, 1.0],
    "title": "Invalid request",
    "token": "chk_...",
    "url": f"{_STORAGE}video.mp4?signature=...",
    "webhook_url": "https://example.com/hooks/choreo",
    "WebhookEndpoint.url": "https://example.com/hooks/choreo",
    "WebhookEndpointCreate.url": "https://example.com/hooks/choreo",
    "WebhookEndpointPatch.url": "https://example.com/hooks/choreo",
    "WebhookEndpointWithSecret.url": "https://example.com/hooks/choreo",
    "WebhookDelivery.url": "https://example.com/hooks/choreo",
    "what": "finish",
    "width": 64,
    "worker": "gpu-1",
}
TEXT = "..."
"""What stands for a text that nobody gave an example of."""


def specimen(name: str, schemas: Schemas) -> Any:
    """An example of the named schema."""
    return _of(schemas[name], schemas, owner=name)


def _of(schema: Mapping[str, Any], schemas: Schemas, owner: str) -> Any:
    if "$ref" in schema:
        return specimen(schema["$ref"].rpartition("/")[2], schemas)
    for choices in ("anyOf", "oneOf"):
        if choices in schema:
            return _of(schema[choices][0], schemas, owner)
    if "properties" in schema:
        return {name: _field(owner, name, part, schemas) for name, part in schema["properties"].items()}
    return _plain(schema, schemas, owner)


def _field(owner: str, name: str, schema: Mapping[str, Any], schemas: Schemas) -> Any:
    if f"{owner}.{name}" in FIELDS:
        return FIELDS[f"{owner}.{name}"]
    if name in FIELDS and (FIELDS[name] is None or not _is_named(schema)):
        return FIELDS[name]
    default = schema.get("default")
    return _of(schema, schemas, owner) if default is None or default == {} else default


def _is_named(schema: Mapping[str, Any]) -> bool:
    """Whether it is another schema, or null: such a field has that one's example."""
    return any("$ref" in part for part in [schema, *schema.get("anyOf", ())])


def _plain(schema: Mapping[str, Any], schemas: Schemas, owner: str) -> Any:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _of_type(schema, schemas, owner)


def _of_type(schema: Mapping[str, Any], schemas: Schemas, owner: str) -> Any:
    match schema.get("type"):
        case "string":
            return _text(schema)
        case "array":
            return [_of(schema["items"], schemas, owner)]
        case "object":
            return {}
        case "boolean":
            return True
        case kind:
            least = schema.get("minimum", 1)
            return int(least) if kind == "integer" else least


def _text(schema: Mapping[str, Any]) -> str:
    identity = _ID.match(schema.get("pattern", ""))
    return f"{identity[1]}{ULID}" if identity else _FORMATS.get(schema.get("format", ""), TEXT)
