"""`python -m services.motion.engine`: the engine process, started by `client`."""

import argparse
import gc
import json
from pathlib import Path

from shared import confinement
from shared.processes import end_with_parent

GPU_DEVICES = (Path("/dev/nvidiactl"), Path("/dev/kfd"))

parser = argparse.ArgumentParser(add_help=False)
parser.add_argument("--files", type=json.loads)
if (files := parser.parse_known_args()[0].files) is not None:  # before there are threads
    has_gpu = any(path.exists() for path in GPU_DEVICES)  # drivers talk to daemons of the machine
    confinement.enter(confinement.Files(**files), unix_sockets=has_gpu)
end_with_parent()  # before the import of torch, which takes seconds; `main` checks that the parent is still alive
gc.disable()  # importing torch leaves no garbage, and collection takes a third of the import time
from services.motion.engine.server import main  # noqa: E402 - imported with garbage collection off

gc.freeze()
gc.enable()
main()
