"""Which code and which weights made a result: what reports and manifests say."""

import platform
from importlib import metadata

from services.motion.families.protocol import Bundle

_LIBRARIES = ("torch", "diffusers", "peft", "transformers", "safetensors", "av", "numpy")


def of_libraries() -> dict[str, str]:
    """Versions of Python and of the libraries that decide the result."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _LIBRARIES}


def of_base(bundle: Bundle) -> dict[str, str]:
    """Family, revision and content hash of the base."""
    return {"family": bundle.family, "revision": bundle.revision, "content_hash": bundle.content_hash}
