"""The outgoing address policy (SSRF protection): https to public addresses, resolved once."""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from threading import Thread
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

from shared.errors import ChoreoError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

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


Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, from the system's resolver. Raises `OSError`, and `UnicodeError` for an invalid name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Guard:
    """The outgoing address policy. Networks that the operator allows may be private and may use http."""

    def __init__(
        self, *, allowed_networks: Iterable[str] = (), resolve: Resolve = resolve, resolve_seconds: float = 5.0
    ) -> None:
        self._allowed = [ipaddress.ip_network(network) for network in allowed_networks]
        self._resolve = resolve
        self._resolve_seconds = resolve_seconds

    def parse(self, url: str) -> SplitResult:
        """Check a URL's form without resolving its host. Raises `TargetRefused`."""
        parts = _split(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and self._allowed):
            raise TargetRefused("a URL must begin with https://")
        literal = _literal(parts.hostname or "")
        if literal is not None:
            self._check_address(parts.scheme, literal)
        return parts

    def locate(self, url: str) -> Target:
        """Resolve the host once and choose the address to connect to. Refused when any of its addresses is refused.

        Raises `TargetRefused`, and `HostUnknown` when the name does not resolve in time.
        """
        parts = self.parse(url)
        scheme = "https" if parts.scheme == "https" else "http"
        host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[scheme]
        addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in self._lookup(host, port)]
        for address in addresses:
            self._check_address(scheme, address)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(scheme, host, port, path, addresses[0])

    def _check_address(self, scheme: str, address: Address) -> None:
        meant = [address, *_embedded(address)]
        if any(one in network for one in meant for network in self._allowed):
            return
        if scheme != "https":
            raise TargetRefused("a URL must begin with https://")
        if not all(_is_public(one) for one in meant):
            raise TargetRefused("the address is not public")

    def _lookup(self, host: str, port: int) -> list[str]:
        """Resolve in a thread, because the system's resolver has no timeout; a late thread is abandoned."""
        answer: Future[list[str]] = Future()

        def look() -> None:
            try:
                answer.set_result(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                answer.set_exception(error)

        Thread(target=look, name="resolve-host", daemon=True).start()
        try:
            addresses = answer.result(self._resolve_seconds)
        except (OSError, UnicodeError) as error:
            raise HostUnknown(f"{host} does not resolve") from error
        if not addresses:
            raise HostUnknown(f"{host} has no address")
        return addresses


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise TargetRefused("a URL is at most 2048 printable ASCII characters")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise TargetRefused(f"not a URL: {error}") from error
    if not parts.hostname:
        raise TargetRefused("a URL needs a host")
    if parts.username is not None or parts.password is not None:
        raise TargetRefused("a URL must not carry a user name or password")
    return parts


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_V4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_REFUSED_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4")
) + tuple(ipaddress.ip_network(text) for text in ("64:ff9b:1::/48", "100::/64", "fec0::/10", "5f00::/16"))
"""Special-purpose blocks (IANA registries, RFC 6890) that some versions of `ipaddress` classify as global."""


def _is_public(address: Address) -> bool:
    wraps = isinstance(address, IPv6Address) and bool(_embedded(address))
    if address.is_multicast or address.is_loopback or address.is_link_local or address.is_unspecified:
        return False
    return (wraps or address.is_global) and not any(address in network for network in _REFUSED_NETWORKS)


def _embedded(address: Address) -> list[Address]:
    """The IPv4 addresses embedded in an IPv6 address: mapped, compatible, NAT64, 6to4, Teredo (both ends)."""
    if isinstance(address, IPv4Address):
        return []
    found: list[Address] = [one for one in (address.ipv4_mapped, address.sixtofour) if one is not None]
    found += address.teredo or ()
    if address in _NAT64 or (address in _V4_COMPATIBLE and int(address) > 1):
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return found
