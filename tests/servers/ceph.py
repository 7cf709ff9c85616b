"""A whole Ceph cluster for its S3 gateway: one monitor, one object store in memory, one gateway."""

import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.process import ServerDied, ServerProcess, accepts, free_port
from tests.servers.programs import path_of
from tests.servers.s3 import S3Server

ACCESS_KEY = "CHOREOTESTACCESSKEY"
SECRET_KEY = "choreo-test-secret-key"
CAPABILITIES = {
    "mon.": {"mon": "allow *"},
    "client.admin": {"mon": "allow *", "osd": "allow *", "mgr": "allow *"},
    "client.rgw": {"mon": "allow *", "osd": "allow *", "mgr": "allow *"},
    "osd.0": {"mon": "allow profile osd", "osd": "allow *"},
}
CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{mon_port}
public addr = 127.0.0.1
keyring = {folder}/keyring
run dir = {folder}
log file = {folder}/$name.log
pid file = {folder}/$name.pid
admin socket = {folder}/$name.asok
ms bind ipv6 = false
mon data avail crit = 1
mon allow pool size one = true
mon max pg per osd = 2000
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
# decisions of one monitor need not be gathered, and what came too early is asked again at once: 1 s to start, not 12
paxos propose interval = 0.01
paxos min wait = 0.01
mon tick interval = 0.2
objecter tick interval = 0.2
[mon]
mon data = {folder}/mon
[osd]
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd memory target = 939524096
[client.rgw]
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw thread pool size = 32
"""


@contextmanager
def ceph(folder: Path) -> Iterator[S3Server]:
    """Run the cluster below `folder` (a short path: it holds sockets) and yield its S3 endpoint, ready for use."""
    port, cluster = free_port(), _Cluster(folder)
    cluster.prepare(port)
    with ExitStack() as running:
        running.callback(cluster.stop)
        cluster.start("ceph-mon", "-i", "a")
        cluster.run("ceph", "osd", "new", cluster.fsid, "0")
        cluster.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", cluster.fsid)
        cluster.start("ceph-osd", "-i", "0")
        user = ("--uid=choreo", "--display-name=choreo", f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}")
        cluster.run("radosgw-admin", "-n", "client.rgw", "user", "create", *user)
        cluster.start("radosgw", "-n", "client.rgw").wait_ready(lambda: accepts(port), timeout=90)
        yield S3Server(f"http://127.0.0.1:{port}", ACCESS_KEY, SECRET_KEY, checks_access=True)


class _Cluster:
    def __init__(self, folder: Path) -> None:
        self.fsid = str(uuid.uuid4())
        self._folder = folder
        self._running: list[ServerProcess] = []

    def prepare(self, port: int) -> None:
        """Write the configuration, the keys and the monitor's empty store."""
        for name in ("mon", "osd", "rgw"):
            (self._folder / name).mkdir(parents=True)
        mon_port = free_port()
        text = CONFIGURATION.format(fsid=self.fsid, folder=self._folder, port=port, mon_port=mon_port)
        (self._folder / "ceph.conf").write_text(text)
        keyring, monmap = self._folder / "keyring", self._folder / "monmap"
        self._make_keys(keyring)
        address = f"[v2:127.0.0.1:{mon_port}]"
        self._tool("monmaptool", "--create", "--fsid", self.fsid, "--addv", "a", address, str(monmap))
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", str(monmap), "--keyring", str(keyring))

    def start(self, program: str, *arguments: str) -> ServerProcess:
        """Run a daemon in the foreground, as our child."""
        argv = [path_of(program), "-f", *self._configured(*arguments)]
        self._running.append(ServerProcess(argv, log=self._folder / f"{program}.out"))
        return self._running[-1]

    def run(self, program: str, *arguments: str) -> None:
        """Run a tool of the cluster to its end; raises `ServerDied` with its output."""
        self._tool(program, *self._configured(*arguments))

    def stop(self) -> None:
        """Kill the daemons, gateway first; their state is in memory only."""
        for process in reversed(self._running):
            process.stop(grace=2)

    def _make_keys(self, keyring: Path) -> None:
        self._tool("ceph-authtool", "--create-keyring", str(keyring))
        for name, caps in CAPABILITIES.items():
            allowed = [part for service, rule in caps.items() for part in ("--cap", service, rule)]
            self._tool("ceph-authtool", str(keyring), "--gen-key", "-n", name, *allowed)

    def _configured(self, *arguments: str) -> list[str]:
        return ["-c", str(self._folder / "ceph.conf"), *arguments]

    def _tool(self, program: str, *arguments: str) -> None:
        try:
            subprocess.run([path_of(program), *arguments], check=True, capture_output=True, text=True, timeout=60)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise ServerDied(f"{error}:\n{error.stderr}") from error
