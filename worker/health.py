"""`python -m worker.health PROGRAM`: reports whether the processes of a program on this machine are healthy."""

import argparse
import sys

from shared.program import run
from shared.settings import Settings
from worker.processes.health_file import PROGRAMS, read_health


def main(settings: Settings) -> int:
    """Print a line for each process; returns 0 when there is at least one and all are healthy, else 1."""
    parser = argparse.ArgumentParser(prog="python -m worker.health", description=__doc__)
    parser.add_argument("program", choices=PROGRAMS)
    program = parser.parse_args().program
    found = read_health(settings, program)
    for process in found:
        sys.stdout.write(f"{process.name}: {process.problem or 'healthy'}\n")
    if not found:
        sys.stdout.write(f"{program}: not running\n")
    return 0 if found and not any(process.problem for process in found) else 1


if __name__ == "__main__":
    run(main)
