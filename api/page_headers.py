"""Security headers of the HTML pages: no external resources, no framing."""

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
    """Headers of a page on which people enter API keys; `also` are additional CSP directives (CSP Level 3)."""
    policy = "; ".join(f"{directive} {sources}" for directive, sources in {**_POLICY, **also}.items())
    return {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
