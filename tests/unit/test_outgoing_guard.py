from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from threading import Event

import pytest

from services.outgoing.guard import Guard, HostUnknown, TargetRefused
from services.outgoing.name_lookups import MAX_PENDING, MAX_PENDING_PER_OWNER

PUBLIC = "93.184.215.14"


def _guard(*addresses: str, allowed: tuple[str, ...] = ()) -> Guard:
    return Guard(allowed_networks=allowed, resolve=lambda host, port: list(addresses))


def test_a_public_name_is_resolved_once_and_pinned() -> None:
    resolved: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        resolved.append(f"{host}:{port}")
        return [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]

    target = Guard(resolve=resolve).locate("https://Hooks.example:8443/in?a=1#part")
    assert (target.host, target.port, target.path, str(target.address)) == ("hooks.example", 8443, "/in?a=1", PUBLIC)
    assert target.host_header == "hooks.example:8443"
    assert resolved == ["hooks.example:8443"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
        "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1",
        "100::1", "5f00::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",  # IPv4-mapped
        "::127.0.0.1", "::a00:1",  # IPv4-compatible
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1",  # NAT64
        "::ffff:0:127.0.0.1", "::ffff:0:10.0.0.1", "::ffff:0:1.1.1.1",  # SIIT
        "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:101:101::1",  # 6to4
        "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:127.0.0.1", "fe80::5efe:1.1.1.1",  # ISATAP
        "64:ff9b:1:a00:0:100::", "64:ff9b:1::1.1.1.1",  # NAT64 of local use
        "3fff::1", "3fff:fff:ffff::1", "2001:2::1", "2001:20::1", "2001:10::1", "2001:1::1",  # documentation, IETF
        "4000::1", "8000::1", "e000::1", "::2", "::1:0:0:0:1", "200::1", "400::1",  # not global unicast
        "192.31.196.1", "192.52.193.1", "192.175.48.1", "2620:4f:8000::1",  # AS112, AMT
        "2001:0:a00:1::1", "2001::f5ff:fffe",  # Teredo: server, client
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(TargetRefused):
        _guard(address).locate("https://hooks.example/")
    with pytest.raises(TargetRefused):
        _guard(PUBLIC, address).locate("https://hooks.example/")
    if "%" not in address:
        literal = f"[{address}]" if ":" in address else address
        with pytest.raises(TargetRefused):
            _guard(address).parse(f"https://{literal}/")


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001::1", "::ffff:1.1.1.1", "64:ff9b::101:101",
        "2606:4700::5efe:1.1.1.1",
    ],
)  # fmt: skip
def test_a_public_address_is_allowed(address: str) -> None:
    assert _guard(address).locate("https://hooks.example/").address == ip_address(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/", "ftp://hooks.example/", "file:///etc/passwd", "gopher://hooks.example/",
        "//hooks.example",
        "https://", "https:///path", "https://user@hooks.example/", "https://user:pass@hooks.example/", "hooks.example",
        "https://hooks.example:99999/", "https://hooks.example:0/", "https://a..example/", "https://.example/",
        "https://" + "a" * 64 + ".example/", "https://hooks.example:x/", "https://[::1", "https://hooks.example/a b",
        "https://hooks.example/\r\nX: y", "https://hooks.example\\@evil.example/", "https://höoks.example/",
        "https://hooks.example/" + "x" * 2048, "",
    ],
)  # fmt: skip
def test_a_url_of_the_wrong_form_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused):
        _guard(PUBLIC).parse(url)


def test_odd_spellings_of_loopback_are_judged_by_what_they_resolve_to() -> None:
    for host in ("2130706433", "0x7f.1", "0177.0.0.1", "localhost"):
        with pytest.raises((TargetRefused, HostUnknown)):
            Guard().locate(f"https://{host}/")


def test_the_operator_may_allow_a_network_even_in_http() -> None:
    guard = _guard("127.0.0.1", allowed=("127.0.0.0/8",))
    assert guard.locate("http://127.0.0.1:9000/hook").host_header == "127.0.0.1:9000"
    assert guard.locate("https://receiver.test/").address.is_loopback
    with pytest.raises(TargetRefused):
        _guard("10.0.0.1", allowed=("127.0.0.0/8",)).locate("https://hooks.example/")
    with pytest.raises(TargetRefused, match="https"):
        _guard(PUBLIC, allowed=("127.0.0.0/8",)).locate("http://hooks.example/")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("2002:a00:1::1", "10.0.0.0/8"), ("64:ff9b::10.0.0.1", "10.0.0.0/8"), ("::ffff:0:10.0.0.1", "10.0.0.0/8"),
        ("2606:4700::5efe:10.0.0.1", "10.0.0.0/8"), ("::10.0.0.1", "10.0.0.0/8"), ("2001:0:a00:1::1", "10.0.0.0/8"),
        ("2002:a00:1::1", "2002::/16"), ("fd00::5efe:127.0.0.1", "fd00::/8"), ("64:ff9b:1::10.0.0.1", "64:ff9b:1::/48"),
    ],
)  # fmt: skip
def test_an_allowed_network_allows_no_embedded_form_of_it(address: str, allowed: str) -> None:
    with pytest.raises(TargetRefused):
        _guard(address, allowed=(allowed,)).locate("https://hooks.example/")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("::ffff:10.0.0.1", ("10.0.0.0/8",)), ("fd00::1", ("fd00::/8",)), ("64:ff9b:1::1.1.1.1", ("64:ff9b:1::/48",)),
        ("64:ff9b:1::10.0.0.1", ("64:ff9b:1::/48", "10.0.0.0/8")), ("::1", ("::1/128",)),
    ],
)  # fmt: skip
def test_an_allowed_network_is_allowed_itself(address: str, allowed: tuple[str, ...]) -> None:
    assert _guard(address, allowed=allowed).locate("http://hooks.example/").address == ip_address(address)


def test_slow_look_ups_are_bounded_in_all_and_for_each_tenant() -> None:
    released, pending, most = Event(), set[str](), list[int]()

    def hang(host: str, port: int) -> list[str]:
        pending.add(host)
        most.append(len(pending))
        released.wait(30)
        pending.discard(host)
        return [PUBLIC]

    guard = Guard(resolve=hang, resolve_seconds=0.2)

    def locate(owner: int, host: int) -> None:
        with pytest.raises(HostUnknown):
            guard.locate(f"https://host-{host}.example/", f"tenant-{owner}")

    with ThreadPoolExecutor(3 * MAX_PENDING_PER_OWNER) as pool:
        list(pool.map(locate, [0] * 3 * MAX_PENDING_PER_OWNER, range(100)))
        assert max(most) == MAX_PENDING_PER_OWNER
        list(pool.map(locate, [0] * 24, [0] * 24))
        assert max(most) == MAX_PENDING_PER_OWNER  # the look-up of a host that is pending is joined
        list(pool.map(locate, [n // 8 for n in range(96)], range(1000, 1096)))
        assert max(most) <= MAX_PENDING
    released.set()


def test_a_name_that_does_not_resolve_may_later() -> None:
    def fail(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    for guard in (Guard(resolve=fail), _guard()):
        with pytest.raises(HostUnknown) as caught:
            guard.locate("https://hooks.example/")
        assert caught.value.retryable


def test_a_resolver_that_hangs_times_out() -> None:
    released = Event()

    def hang(host: str, port: int) -> list[str]:
        released.wait(30)
        return []

    with pytest.raises(HostUnknown):
        Guard(resolve=hang, resolve_seconds=0.05).locate("https://hooks.example/")
    released.set()
