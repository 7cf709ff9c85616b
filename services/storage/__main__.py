"""`python -m services.storage`: creates the bucket if it is missing and checks that conditional writes work."""

import sys

from services.storage.factory import open_store
from shared.program import run
from shared.settings import Settings


def main(settings: Settings) -> None:
    """Prepare the configured storage. Raises StorageError when it is unusable."""
    store = open_store(settings)
    store.prepare()
    store.check()
    sys.stdout.write(f"{settings.storage_url} is there, and of many writers of one key exactly one wins\n")


if __name__ == "__main__":
    run(main)
