"""`python -m services.motion.engine`: the engine process, started by `client` and driven through stdin and stdout."""

import gc

from shared.processes import end_with_parent

end_with_parent()  # before the import of torch, which takes seconds; `main` checks that the parent is still alive
gc.disable()  # importing torch creates no garbage, and collecting takes a third of the import time
from services.motion.engine.server import main  # noqa: E402 - imported after the collector is off

gc.freeze()
gc.enable()
main()
