"""`python -m tests.chaos --seed N --minutes M`: a seeded random run against real servers, audited at its end."""

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median

from tests.chaos import plan
from tests.chaos.report import Report
from tests.chaos.run import Run
from tests.chaos.servers import new_servers
from tests.servers.programs import SERVERS

NUM_CLIENTS = 24


def main() -> int:
    """Run, print the faults and the findings, and end with one line; 1 unless every guarantee held."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--throughput", type=float, default=1.0, help="how many times further apart, on a busy machine")
    parser.add_argument("--clients", type=int, default=NUM_CLIENTS)
    parser.add_argument("--plan", action="store_true", help="only print what would go wrong")
    options = parser.parse_args()
    missing = [program for server in SERVERS for program in server.missing()]
    if missing and not options.plan:
        print(
            f"not installed: {', '.join(missing)}; `python -m tests.servers` installs them on Debian", file=sys.stderr
        )
        return 2
    events = plan.draw(options.seed, options.minutes * 60, throughput=options.throughput)
    if options.plan:
        print(*events, sep="\n")
        return 0
    with new_servers() as (servers, folder):
        run = Run(servers, folder, seed=options.seed, num_clients=options.clients)
        report = run(events, options.minutes * 60)
        tell(report)
        if report.is_puzzling:
            kept = Path(tempfile.mkdtemp(prefix="choreo-chaos-"))
            shutil.copytree(folder, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("work", "base", "secrets"))
            print(f"logs: {kept}")
    print(report.line)
    return 0 if report.is_clean else 1


def tell(report: Report) -> None:
    """Print the report."""
    for line in [*report.findings.lines, *(f"refused: {one}" for one in report.refusals)]:
        print(line)
    print("jobs:", json.dumps(report.states, sort_keys=True), "of", report.num_submitted, "answered submissions")
    print("attempts:", json.dumps(report.outcomes, sort_keys=True), "refused writes:", report.num_refused_writes)
    print("errors:", json.dumps(report.errors, sort_keys=True))
    print("faults:", json.dumps(report.faults, sort_keys=True))
    noticed = [one.noticed for one in report.takeovers]
    if noticed:
        print(f"takeovers: {len(noticed)}, noticed after {_times(noticed)}")
    by_idle = [one.running for one in report.takeovers if one.heir_was_idle]
    if by_idle:
        print(f"by a worker that had been idle before the kill: {len(by_idle)}, running again after {_times(by_idle)}")
    print("ends:", json.dumps({name: Counter(map(str, ends)) for name, ends in report.ends.items()}))


def _times(seconds: list[float]) -> str:
    return f"{median(seconds):.1f} s (p50), {max(seconds):.1f} s (max)"


if __name__ == "__main__":
    sys.exit(main())
