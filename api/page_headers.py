"""What the pages of this service have in common: they load nothing from elsewhere, and nobody frames them."""

from collections.abc import Mapping
from types import MappingProxyType

SCRIPT = "text/javascript"
STYLE = "text/css"
_POLICY = {
    "default-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def headers(also: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Those of a page on which people type API keys; `also` are directives of its own (CSP Level 3)."""
    policy = "; ".join(f"{directive} {sources}" for directive, sources in {**_POLICY, **also}.items())
    return {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
