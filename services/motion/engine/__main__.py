"""`python -m services.motion.engine`: the engine process, started by `client`."""

import gc

from shared.processes import end_with_parent

end_with_parent()  # before the import of torch, which takes seconds; `main` checks that the parent is still alive
gc.disable()  # importing torch leaves no garbage, and collection takes a third of the import time
from services.motion.engine.server import main  # noqa: E402 - imported with garbage collection off

gc.freeze()
gc.enable()
main()
