"""`python -m services.storage`: make the bucket unless it is there, and prove that this storage can be built on."""

import sys

from services.storage.factory import open_store
from shared.program import run
from shared.settings import Settings


def main(settings: Settings) -> None:
    """Prepare the storage that the settings name. Raises StorageError when it cannot serve."""
    store = open_store(settings)
    store.prepare()
    store.check()
    sys.stdout.write(f"{settings.storage_url} is there, and of many writers of one key exactly one wins\n")


if __name__ == "__main__":
    run(main)
