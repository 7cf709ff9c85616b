"""`python -m tests.e2e.tied MODULE`: run a program that ends with its parent process (on Linux)."""

import runpy
import signal
import sys

from shared.processes import end_with_parent

if __name__ == "__main__":
    end_with_parent(signal.SIGTERM)
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
