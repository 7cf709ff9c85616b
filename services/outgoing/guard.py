"""The outgoing address policy (SSRF protection): https to public addresses, resolved once."""

import ipaddress
from collections.abc import Iterable
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

from services.outgoing.addresses import Address, is_allowed, is_public
from services.outgoing.name_lookups import LookupFailed, NameLookups, Resolve, resolve
from shared.errors import ChoreoError

MAX_URL_LENGTH = 2048
DEFAULT_PORTS = {"https": 443, "http": 80}


class TargetRefused(ChoreoError):
    """The outgoing address policy does not allow this webhook or clip URL."""

    code, title, status = "webhook_target_refused", "Target refused", 422


class HostUnknown(ChoreoError):
    """The host name of a webhook or clip URL did not resolve; a retry may succeed."""

    code, title, status, retryable = "webhook_host_unknown", "Host unknown", 422, True


class Target(NamedTuple):
    """A permitted target: the host name for TLS and the Host header, and the address to connect to."""

    scheme: Literal["https", "http"]
    host: str
    port: int
    path: str
    """Path with query."""
    address: Address

    @property
    def host_header(self) -> str:
        """The Host header (RFC 9110 section 7.2), without the scheme's default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Guard:
    """The outgoing address policy. Networks that the operator allows may be private and may use http."""

    def __init__(
        self, *, allowed_networks: Iterable[str] = (), resolve: Resolve = resolve, resolve_seconds: float = 5.0
    ) -> None:
        self._allowed = [ipaddress.ip_network(network) for network in allowed_networks]
        self._lookups = NameLookups(resolve, seconds=resolve_seconds)

    def parse(self, url: str) -> SplitResult:
        """Check a URL's form without resolving its host. Raises `TargetRefused`."""
        parts = _split(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and self._allowed):
            raise TargetRefused("a URL must begin with https://")
        literal = _literal(parts.hostname or "")
        if literal is not None:
            self._check_address(parts.scheme, literal)
        return parts

    def locate(self, url: str, owner: str = "") -> Target:
        """Resolve the host once and choose the address to connect to. Refused when any of its addresses is refused.

        `owner` is the tenant whose share of the concurrent look-ups is used. Raises `TargetRefused`, and `HostUnknown`
        when the name does not resolve in time.
        """
        parts = self.parse(url)
        scheme = "https" if parts.scheme == "https" else "http"
        host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[scheme]
        try:
            addresses = self._lookups.addresses(host, port, owner)
        except LookupFailed as error:
            raise HostUnknown(str(error)) from error
        for address in addresses:
            self._check_address(scheme, address)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(scheme, host, port, path, addresses[0])

    def _check_address(self, scheme: str, address: Address) -> None:
        if is_allowed(address, self._allowed):
            return
        if scheme != "https":
            raise TargetRefused("a URL must begin with https://")
        if not is_public(address):
            raise TargetRefused("the address is not public")


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise TargetRefused("a URL is at most 2048 printable ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetRefused(f"not a URL: {error}") from error
    if port == 0:
        raise TargetRefused("a URL must not have the port 0")
    if not parts.hostname:
        raise TargetRefused("a URL needs a host")
    try:
        parts.hostname.encode("idna")
    except UnicodeError as error:
        raise TargetRefused("the host is not a valid name") from error
    if parts.username is not None or parts.password is not None:
        raise TargetRefused("a URL must not carry a user name or password")
    return parts


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
