"""Confinement of a process that handles data of strangers, by the kernel, as far as the platform can.

`enter` gives up, for good and for all later threads and children of the calling process:

- capabilities, and gaining privileges by executing a file;
- files outside the given folders, other processes' memory and environment, and signals to them (Landlock);
- sockets, and system calls that reach other processes or the kernel's rarer parts (seccomp);
- the network, once more, and rights over anything of the system (namespaces), where asked for.

Linux only. The functions that the standard library lacks are called through ctypes.
"""

import ctypes
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

PROJECT = Path(__file__).resolve().parents[1]
PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 24, 38
_CLONE_NEWUSER, _CLONE_NEWIPC, _CLONE_NEWNET = 0x10000000, 0x08000000, 0x40000000
_CAPABILITY_VERSION, _NUM_CAPABILITIES = 0x20080522, 64
_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
_SYS_LANDLOCK_CREATE, _SYS_LANDLOCK_ADD, _SYS_LANDLOCK_RESTRICT = 444, 445, 446
_EXECUTE, _READ = 0b0001, 0b1100  # read a file, list a folder
_FILE_ONLY = 0b1100_0000_0000_0111  # the rights that apply to a single file
_RIGHTS_BY_ABI = ((1, 0x1FFF), (2, 0x3FFF), (3, 0x7FFF), (5, 0xFFFF))
_NET_ABI, _SCOPE_ABI = 4, 6
_SECCOMP_ALLOW, _SECCOMP_ERRNO, _EPERM, _COMPARE_UNEQUAL = 0x7FFF0000, 0x00050000, 1, 1
_AF_UNIX = 1
_DENIED = (
    "io_uring_setup", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "bpf",
    "perf_event_open", "add_key", "request_key", "keyctl", "userfaultfd", "mount", "umount2", "pivot_root", "setns",
    "unshare", "open_by_handle_at", "init_module", "finit_module", "kexec_load",
)  # fmt: skip
SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom",
          "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system")  # fmt: skip
"""What programs read besides their own files."""


class Files(NamedTuple):
    """The files that a confined process may use, each with all that is below it.

    Without `hidden` only those that are named. With it every file, to read and to write, but what is `hidden`, of which
    `readable` and `writable` may name parts.
    """

    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    hidden: tuple[str, ...] | None = None


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


class _Comparison(ctypes.Structure):
    _fields_ = (("argument", ctypes.c_uint), ("how", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def hide() -> None:
    """Keep other processes of the same user out of this one's memory and environment. It writes no core dump then."""
    if sys.platform == "linux":
        _call(_libc().prctl, PR_SET_DUMPABLE, 0, 0, 0, 0)


def gaps() -> tuple[str, ...]:
    """What `enter` cannot take from a process on this platform; empty if nothing is missing."""
    if sys.platform != "linux":
        return ("files", "the network", "other processes")
    abi, missing = _landlock_abi(), list[str]()
    if abi == 0:
        missing += ["files that this user can read (needs Landlock, Linux 5.13)", "signals to other processes"]
    elif abi < _SCOPE_ABI:
        missing.append("signals to other processes (needs Linux 6.12)")
    if _libseccomp() is None:
        missing.append(
            "sockets (needs libseccomp.so.2)" if abi < _NET_ABI else "UDP and Unix sockets (libseccomp.so.2)"
        )
    return tuple(missing)


def summary() -> str:
    """One line for the log: what the platform keeps from the processes that handle data of strangers."""
    missing = gaps()
    if not missing:
        return "child processes are confined: no network, no other processes, only the files that they need"
    return f"this platform does not keep child processes from: {'; '.join(missing)} (docs/safety.md)"


def own_files(*packages: str) -> tuple[str, ...]:
    """What a Python program of this project reads: the system's and Python's files, and these packages of ours."""
    libraries = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    return (*SYSTEM, sys.prefix, sys.base_prefix, *libraries, *(str(PROJECT / package) for package in packages))


def enter(files: Files, *, unix_sockets: bool = False, namespaces: bool = False) -> None:
    """Confine this process; call it before it has threads.

    `namespaces` adds namespaces of its own for users, network and IPC where the system allows it. Raises OSError.
    """
    if sys.platform != "linux":
        return
    if namespaces:
        _libc().unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC)  # refused in most containers
    _drop_capabilities()
    _call(_libc().prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if _landlock_abi() > 0:
        _restrict_files(files)
    _restrict_calls(unix_sockets=unix_sockets)


def _restrict_files(files: Files) -> None:
    abi = _landlock_abi()
    every = max(rights for least, rights in _RIGHTS_BY_ABI if least <= abi)
    ruleset = _Ruleset(every, 3 if abi >= _NET_ABI else 0, 3 if abi >= _SCOPE_ABI else 0)
    descriptor = _call(_libc().syscall, _SYS_LANDLOCK_CREATE, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    try:
        for path in files.readable:
            _allow(descriptor, Path(path), _READ)
        for path in files.writable:
            _allow(descriptor, Path(path), every & ~_EXECUTE)
        for path in () if files.hidden is None else _all_but(Path("/"), [Path(one).resolve() for one in files.hidden]):
            with suppress(OSError):  # what is gone meanwhile, or is no file of a file system, stays hidden
                _allow(descriptor, path, every)
        _call(_libc().syscall, _SYS_LANDLOCK_RESTRICT, descriptor, 0)
    finally:
        os.close(descriptor)


def _all_but(folder: Path, hidden: Iterable[Path]) -> Iterator[Path]:
    """What is in a folder but what is hidden: Landlock only allows, and whatever is below. Links are not followed."""
    for path in folder.iterdir():
        if path.is_symlink() or path in hidden:
            continue
        if any(one.is_relative_to(path) for one in hidden):
            yield from _all_but(path, hidden)
        else:
            yield path


def _allow(ruleset: int, path: Path, rights: int) -> None:
    if not path.exists():
        return
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(rights if path.is_dir() else rights & _FILE_ONLY, descriptor)
        _call(_libc().syscall, _SYS_LANDLOCK_ADD, ruleset, 1, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)


def _restrict_calls(*, unix_sockets: bool) -> None:
    library = _libseccomp()
    if library is None:
        return
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_SECCOMP_ALLOW)))
    refuse = ctypes.c_uint32(_SECCOMP_ERRNO | _EPERM)
    try:
        for name in _DENIED:
            number = library.seccomp_syscall_resolve_name(name.encode())
            if number >= 0:
                _succeed(library.seccomp_rule_add_array(context, refuse, number, 0, None))
        other_families = _Comparison(0, _COMPARE_UNEQUAL, _AF_UNIX, 0)
        arguments = (1, ctypes.byref(other_families)) if unix_sockets else (0, None)
        number = library.seccomp_syscall_resolve_name(b"socket")
        _succeed(library.seccomp_rule_add_array(context, refuse, number, *arguments))
        _succeed(library.seccomp_load(context))
    finally:
        library.seccomp_release(context)


def _drop_capabilities() -> None:
    machine = os.uname().machine
    for number in range(_NUM_CAPABILITIES):
        _libc().prctl(PR_CAPBSET_DROP, number, 0, 0, 0)  # fails for a process without the right to have any
    if machine in _SYS_CAPSET:
        header, none = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
        _call(_libc().syscall, _SYS_CAPSET[machine], header, none)


def _landlock_abi() -> int:
    return max(0, _libc().syscall(_SYS_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1))


def _libseccomp() -> Any | None:
    try:
        return ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return None


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _call(function: Any, *arguments: Any) -> int:
    result = int(function(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _succeed(result: int) -> None:
    if result < 0:
        raise OSError(-result, os.strerror(-result))
