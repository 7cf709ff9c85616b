"""`python -m tests.servers`: install the servers that tests need, or print what will be skipped."""

import os
import sys
import time

from tests.servers.programs import SERVERS, can_install, install


def main() -> int:
    """Install what is missing where that is possible; in CI, a server that stays missing is an error."""
    missing = [server for server in SERVERS if server.missing()]
    if missing and can_install():
        names = ", ".join(server.name for server in missing)
        print(f"installing the servers that the tests need: {names} ...", flush=True)
        started = time.monotonic()
        install(missing)
        print(f"installed in {time.monotonic() - started:.0f} s", flush=True)
        missing = [server for server in missing if server.missing()]
    for server in missing:
        print(f"{server.name}: no {', '.join(server.missing())}; its tests will be skipped (in CI: fail).")
    return 1 if missing and os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
