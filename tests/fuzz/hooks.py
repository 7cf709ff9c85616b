"""Hooks of Schemathesis: rules of this service that the document cannot express."""

import os
import re
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

ACCEPTABLE = re.compile(r"[\x21-\x7e]{1,255}")
SPARED = {
    "key_id": (os.environ["FUZZ_OWN_KEY_ID"], os.environ["FUZZ_KEY_ID"]),
    "tenant_id": (os.environ["FUZZ_OWN_TENANT_ID"], os.environ["FUZZ_TENANT_ID"]),
}
"""What the caller itself is, by the parameter that would name it, and what is tried instead."""
ONLY_THE_SERVICE_KNOWS = {
    "above_gate",
    "automatic_alias",
    "bad_cursor",
    "bad_end",
    "bad_span",
    "base_model_mismatch",
    "below_gate",
    "clip_not_found",
    "clip_not_ready",
    "clip_urls_off",
    "concept_not_found",
    "highway_unsupported",
    "no_inverted_noise",
    "not_evaluated",
    "not_measured",
    "blank",
    "out_of_limits",
    "repeated_item",
    "scheduler_unsupported",
    "seeds_and_samples",
    "spatial_path_unsupported",
    "tenant_not_found",
    "too_large",
    "too_many_clips",
    "unknown_base_model",
    "value_error",
    "version_not_found",
    "webhook_target_refused",
}
"""Why a request of the right form may be refused: what exists, what a base model can do, what the operator allows."""


@schemathesis.hook
def before_call(_context: Any, case: Any, _options: dict[str, Any]) -> None:
    """Skips calls that would revoke the caller's key or limit it; makes each idempotency key new."""
    for name, (own, spare) in SPARED.items():
        if (case.path_parameters or {}).get(name) == own:
            case.path_parameters[name] = spare
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and ACCEPTABLE.fullmatch(key):
        case.headers["Idempotency-Key"] = (key + uuid4().hex)[-255:]


@schemathesis.hook
def filter_failure(_context: Any, failure: Any, _case: Any, response: Any) -> bool:
    """Accepts a refusal of a valid request if its field errors depend on the state of the service."""
    if not isinstance(failure, RejectedPositiveData) or response.status_code != 422:
        return True
    fields = response.json()["errors"]
    return not fields or any(one["code"] not in ONLY_THE_SERVICE_KNOWS for one in fields)
