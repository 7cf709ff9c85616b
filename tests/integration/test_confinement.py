"""What the processes that handle files of strangers reach: tried, with a secret, a listener and a parent at hand."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from services.clips.probe_result import Limits
from services.motion.engine.client import Engine
from shared import confinement
from shared.confinement import Files

ATTACK = """
import ctypes, errno, json, os, socket, subprocess, sys
from pathlib import Path

secret, port, place, parent, own, *_ = json.loads(os.environ.pop("PYTHON_TARGETS"))

def ptrace():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(0x4206, parent, 0, 0) < 0:  # PTRACE_SEIZE, which does not stop the process
        raise OSError(ctypes.get_errno(), "")

TRIED = {
    "tcp": lambda: socket.create_connection(("127.0.0.1", port), 5),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port)),
    "unix": lambda: socket.socket(socket.AF_UNIX).connect(place),
    "environment": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
    "memory": lambda: Path(f"/proc/{parent}/mem").open("rb").close(),
    "read": lambda: Path(secret).read_text(),
    "write": lambda: Path(secret).with_name("made").touch(),
    "signal": lambda: os.kill(parent, 0),
    "ptrace": ptrace,
    "execute": lambda: subprocess.run(["/bin/true"], check=True),
    "own": lambda: Path(own, "made").touch(),
}

def attack(*_):
    found = {}
    for name, act in TRIED.items():
        try:
            act()
            found[name] = None
        except OSError as error:
            found[name] = errno.errorcode[error.errno]
    print(json.dumps(found | {"variables": sorted(os.environ)}))
    sys.exit(0)
"""
PROBE = "\nimport services.clips.probe as it\nit.probe = attack\nit.main(sys.argv[1:])"
ENGINE = """
import runpy, types
sys.modules["services.motion.engine.server"] = types.SimpleNamespace(main=attack)
runpy.run_module("services.motion.engine", run_name="__main__", alter_sys=True)
"""
NO_LANDLOCK = "\nfrom shared import confinement\nconfinement._landlock_abi = lambda: 0"
NO_SECCOMP = "\nfrom shared import confinement\nconfinement._libseccomp = lambda: None"
NO_NAMESPACES = "\nfrom shared import confinement\nconfinement._CLONE_NEWUSER = 1"
ALL = {"tcp", "udp", "unix", "environment", "memory", "read", "write", "signal", "ptrace", "execute"}


class Targets(NamedTuple):
    """What must not be reached, and the process's own folder."""

    secret: Path
    port: int
    place: Path
    own: Path

    def tried(self, program: str, *arguments: str, environment: Mapping[str, str] | None = None) -> dict:
        """What `program` reached (None) and what it was refused (the error's name)."""
        targets = [str(self.secret), self.port, str(self.place), os.getpid(), str(self.own)]
        given = (
            {"PATH": os.environ["PATH"], "PYTHONPATH": str(confinement.PROJECT)} if environment is None else environment
        )
        argv = [sys.executable, "-P", "-c", ATTACK + program, *arguments]
        done = subprocess.run(
            argv, env={**given, "PYTHON_TARGETS": json.dumps(targets)}, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def probed(self, without: str = "") -> dict:
        """What the probe reaches."""
        return self.tried(without + PROBE, str(self.own / "upload"), str(self.own), Limits().model_dump_json())


@pytest.fixture
def targets(tmp_path: Path) -> Iterator[Targets]:
    secret, own, place = tmp_path / "secrets" / "database_url", tmp_path / "own", tmp_path / "socket"
    secret.parent.mkdir()
    secret.write_text("postgresql://")
    own.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(place))
        unix.listen()
        yield Targets(secret, tcp.getsockname()[1], place, own)


@pytest.fixture(autouse=True)
def hidden() -> Iterator[None]:
    """This process hides as the service's programs do."""
    if sys.platform != "linux":
        pytest.skip("processes are confined on Linux only")
    confinement.hide()
    yield
    confinement._call(confinement._libc().prctl, confinement.PR_SET_DUMPABLE, 1, 0, 0, 0)


def refused(found: dict) -> set[str]:
    return {name for name, error in found.items() if name != "variables" and error is not None}


def test_the_attack_works_where_nothing_is_confined(targets: Targets):
    confinement._call(confinement._libc().prctl, confinement.PR_SET_DUMPABLE, 1, 0, 0, 0)
    assert refused(targets.tried("\nattack()")) <= {"ptrace"}, "a system may forbid ptrace by itself"


def test_the_probe_reaches_nothing_but_its_folder(targets: Targets):
    if confinement.gaps():
        pytest.skip(f"not on this platform: {confinement.gaps()}")
    found = targets.probed()
    assert (refused(found), found["own"]) == (ALL, None)
    assert set(found["variables"]) <= {"LC_CTYPE", "PATH", "PYTHONPATH", "MALLOC_ARENA_MAX"}


@pytest.mark.parametrize(
    ("without", "left"),
    [
        (NO_NAMESPACES, set()),
        (NO_LANDLOCK, {"read", "write", "signal", "execute"}),
        (NO_SECCOMP + NO_NAMESPACES, {"udp", "unix"}),
        (NO_LANDLOCK + NO_NAMESPACES, {"read", "write", "signal", "execute"}),
    ],
)
def test_a_layer_that_a_platform_lacks_leaves_what_the_log_says(targets: Targets, without: str, left: set[str]):
    """As in a container, where namespaces are refused, and on an old kernel. The parent is out of reach in any case."""
    if confinement.gaps():
        pytest.skip(f"not on this platform: {confinement.gaps()}")
    assert ALL - refused(targets.probed(without)) == left


def test_the_gaps_of_a_platform_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(confinement, "_landlock_abi", lambda: 0)
    monkeypatch.setattr(confinement, "_libseccomp", lambda: None)
    assert [gap.partition(" (")[0] for gap in confinement.gaps()] == [
        "files that this user can read", "signals to other processes", "sockets"
    ]  # fmt: skip
    assert "does not keep child processes from" in confinement.summary()
    monkeypatch.setattr(confinement, "_landlock_abi", lambda: 7)
    monkeypatch.setattr(confinement, "_libseccomp", lambda: True)
    assert (confinement.gaps(), "are confined" in confinement.summary()) == ((), True)


def test_the_engine_reaches_no_network_no_parent_and_no_secret(targets: Targets, monkeypatch: pytest.MonkeyPatch):
    if confinement.gaps():
        pytest.skip(f"not on this platform: {confinement.gaps()}")
    for name in ("CHOREO_DATABASE_URL", "CHOREO_SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "HF_TOKEN"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    files = Files(writable=(str(targets.own),), hidden=(str(targets.secret.parent),))
    engine = Engine(log_path=targets.own / "log", files=files)
    found = targets.tried(ENGINE, *engine._arguments, environment=engine.environment())
    assert ALL - refused(found) - {"unix"} == {"execute"}
    assert found["own"] is None
    assert "CUDA_VISIBLE_DEVICES" in found["variables"]
    assert [name for name in found["variables"] if os.environ.get(name) == "secret"] == []


def test_a_folder_inside_a_hidden_one_may_be_used_and_a_link_into_it_may_not(targets: Targets, tmp_path: Path):
    if confinement.gaps():
        pytest.skip(f"not on this platform: {confinement.gaps()}")
    (tmp_path / "link").symlink_to(targets.secret.parent)
    read, write = os.pipe()
    (tmp_path.parent / f"pipe-{os.getpid()}").symlink_to(f"/proc/{os.getpid()}/fd/{read}")  # no file of a file system
    files = Files(confinement.own_files("services", "shared"), (str(targets.own),), (str(tmp_path),))
    enter = f"\nfrom shared import confinement\nconfinement.enter(confinement.Files(*{tuple(files)!r}))\nattack()"
    linked = targets._replace(secret=tmp_path / "link" / targets.secret.name)
    for one in (targets, linked):
        assert {"read", "write"} <= refused(one.tried(enter))
        assert one.tried(enter)["own"] is None
    os.close(read)
    os.close(write)


def test_libraries_outside_of_the_python_installation_are_readable_and_the_working_folder_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for path in (tmp_path, tmp_path / "site-packages"):
        monkeypatch.syspath_prepend(path)
    own = confinement.own_files("services")
    assert str(tmp_path / "site-packages") in own
    assert not {str(tmp_path), str(confinement.PROJECT)} & set(own)
