"""`python -m tests.fuzz`: call every operation with valid and invalid data, and run every check."""

import argparse
import sys
import tempfile
from pathlib import Path

from services.db.migrations import upgrade
from tests.fuzz.run import fuzz
from tests.service import running
from tests.worker import working


def main() -> int:
    """Tests a new service. Other arguments go to `schemathesis run`, for example `--seed 1`."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=2000, help="fail when fewer were tried")
    known, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/choreo.db"
        upgrade(url)
        with running(url, folder, requests_per_minute=10**6) as service, working(service):
            verdict = fuzz(service, folder, *options)
    print(verdict.text)
    print(f"{verdict.num_cases} cases, {verdict.num_failures} failures")
    return int(verdict.num_failures > 0 or verdict.num_cases < known.cases)


if __name__ == "__main__":
    sys.exit(main())
