"""Which addresses are public: global unicast without the special-purpose blocks, embedded IPv4 addresses included."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
"""Well-known prefix of address translation (RFC 6052): a public IPv4 address below it is a public target."""
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
"""Local-use prefix (RFC 8215): an IPv4 address below it is in the last 32 bits, or around octet 8 (RFC 6052)."""
_MAPPED = IPv6Network("::ffff:0:0/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")
_COMPATIBLE = IPv6Network("::/96")
_SPECIAL_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
"""IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast and reserved blocks."""
_SPECIAL_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")))
"""IANA IPv6 Special-Purpose Address Registry inside global unicast: IETF protocols with Teredo, benchmarking and
ORCHID, documentation, 6to4, AS112."""
_ISATAP_IDENTIFIERS = frozenset({0x00005EFE, 0x02005EFE})
"""First half of an interface identifier whose second half is an IPv4 address (RFC 5214 section 6.1)."""


def plain(address: Address) -> Address:
    """The IPv4 address of an IPv4-mapped one, to which a connection really goes; any other address unchanged."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_allowed(address: Address, networks: Sequence[Network]) -> bool:
    """Whether an address is in one of the networks, and each IPv4 address that it embeds is so too, or public."""
    address = plain(address)
    return _is_in(address, networks) and all(is_public(one) or _is_in(one, networks) for one in embedded(address))


def is_public(address: Address) -> bool:
    """Whether an address is global unicast, outside every special-purpose block, and embeds only such addresses."""
    address = plain(address)
    if isinstance(address, IPv4Address):
        return not _is_in(address, _SPECIAL_V4)
    if not all(map(is_public, embedded(address))):
        return False
    return address in _NAT64 or (address in _GLOBAL_UNICAST and not _is_in(address, _SPECIAL_V6))


def embedded(address: Address) -> list[IPv4Address]:
    """The IPv4 addresses embedded in an IPv6 address.

    Mapped, translated (SIIT), compatible, NAT64, 6to4, Teredo (server and client) and ISATAP.
    """
    return [] if isinstance(address, IPv4Address) else list(_embedded(address))


def _embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    number = int(address)
    if number > 1 and _is_in(address, (_MAPPED, _TRANSLATED, _COMPATIBLE, _NAT64)):
        yield IPv4Address(number & 0xFFFFFFFF)
    if address in _LOCAL_NAT64:
        around_octet_8 = (number >> 64 & 0xFFFF) << 16 | (number >> 40 & 0xFFFF)
        yield from (IPv4Address(one) for one in (number & 0xFFFFFFFF, around_octet_8) if one)
    if address.sixtofour is not None:
        yield address.sixtofour
    yield from address.teredo or ()
    if (number >> 32) & 0xFFFFFFFF in _ISATAP_IDENTIFIERS:
        yield IPv4Address(number & 0xFFFFFFFF)


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
