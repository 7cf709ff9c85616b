"""Examples of whole request bodies in the OpenAPI document."""

from fastapi.openapi.models import Example

_CONCEPT = "con_01KAPZ6V3W8Q0M4N5R6S7T8V9X"
_CLIP = "clip_01KAPZ6V3W8Q0M4N5R6S7T8V9W"

CLIPS: dict[str, Example] = {
    "declared": {
        "summary": "A file to upload",
        "value": {"file_name": "a.mp4", "size_bytes": 48213},
    },
    "fetched": {
        "summary": "A file that the service fetches from a URL",
        "value": {"file_name": "a.mp4", "url": "https://example.com/a.mp4"},
    },
}
TRAININGS: dict[str, Example] = {
    "defaults": {
        "summary": "One clip, with the base model's defaults",
        "value": {"concept": _CONCEPT, "clips": [{"clip_id": _CLIP, "caption": "a red ball orbiting"}]},
    },
    "recipe": {
        "summary": "Chosen hyperparameters and prompts, and a webhook",
        "value": {
            "concept": _CONCEPT,
            "clips": [{"clip_id": _CLIP, "caption": "a red ball orbiting"}],
            "base_model": "choreo-world",
            "recipe": {"preset": "tap", "rank": 32, "steps": 400, "seed": 7},
            "evaluation_prompts": ["a blue cube orbiting on a green background"],
            "webhook_url": "https://example.com/hooks/choreo",
            "metadata": {"order": "1234"},
        },
    },
}
GENERATIONS: dict[str, Example] = {
    "concept": {
        "summary": "The latest version of a concept, with a new subject",
        "value": {"prompt": "a blue cube orbiting on a green background", "concept": _CONCEPT, "seed": 7},
    },
    "pinned": {
        "summary": "A version by its number, with the Appearance Highway",
        "value": {
            "prompt": "a blue cube orbiting on a green background",
            "concept": f"{_CONCEPT}@3",
            "steps": 30,
            "guidance_scale": 9.0,
            "highway": {"mode": "release"},
        },
    },
    "base": {"summary": "The base model without a concept", "value": {"prompt": "a blue cube moving left"}},
}
EVALUATIONS: dict[str, Example] = {
    "defaults": {"summary": "The latest version, with the base model's prompts", "value": {"concept": _CONCEPT}},
    "chosen": {
        "summary": "Chosen prompts and seeds, to compare versions",
        "value": {
            "concept": f"{_CONCEPT}@3",
            "prompts": ["a blue cube orbiting on a green background", "a tin robot orbiting in a desert"],
            "seeds": [1, 2, 3],
        },
    },
}
PREVIEWS: dict[str, Example] = {
    "defaults": {"summary": "The prompt of the evaluation at the end of the training", "value": {}},
    "chosen": {
        "summary": "A chosen prompt and seed",
        "value": {"prompt": "a blue cube orbiting on a green background", "seed": 7},
    },
}
PROMOTIONS: dict[str, Example] = {
    "newest": {"summary": "The newest checkpoint", "value": {}},
    "chosen": {"summary": "The checkpoint of this step", "value": {"step": 200}},
}
ENDPOINTS: dict[str, Example] = {
    "all": {"summary": "Every event type", "value": {"url": "https://example.com/hooks/choreo"}},
    "some": {
        "summary": "Events of trainings, and new versions",
        "value": {
            "url": "https://example.com/hooks/choreo",
            "description": "catalogue service",
            "event_types": ["training.*", "concept.version.created"],
        },
    },
}
ENDPOINT_CHANGES: dict[str, Example] = {
    "moved": {"summary": "A new URL", "value": {"url": "https://example.com/hooks/2"}},
    "off": {"summary": "Disable the endpoint", "value": {"enabled": False}},
}
TENANTS: dict[str, Example] = {"named": {"summary": "A tenant", "value": {"name": "Acme"}}}
LIMITS: dict[str, Example] = {
    "trial": {
        "summary": "A small tenant",
        "value": {"running_jobs": 1, "queued_jobs": 10, "gpu_seconds": 3600, "stored_bytes": 2**30},
    },
    "none": {"summary": "No limits", "value": {}},
}
KEYS: dict[str, Example] = {
    "backend": {
        "summary": "The key of a backend",
        "value": {
            "tenant_id": "ten_01KAPZ6V3W8Q0M4N5R6S7T8V9T",
            "name": "web backend",
            "scopes": ["read", "train", "generate"],
        },
    },
    "temporary": {
        "summary": "A read-only key that expires",
        "value": {
            "tenant_id": "ten_01KAPZ6V3W8Q0M4N5R6S7T8V9T",
            "name": "support",
            "scopes": ["read"],
            "expires_at": "2030-01-31T00:00:00Z",
        },
    },
}
