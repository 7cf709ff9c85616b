"""`python -m worker`: a Celery worker as it runs in production. Arguments go to Celery (`-Q training.choreo-world`)."""

import os
import sys

from services.db.sessions import open_database
from services.storage.factory import probe
from shared.base_models import load_catalogue
from shared.errors import ConfigurationError
from shared.program import run
from shared.settings import PREFIX, Settings
from worker.processes.celery_worker import make_celery_worker
from worker.processes.program import check_prerequisites

CELERY_ARGUMENTS = (
    "--pool", "prefork", "--concurrency", "1", "--without-mingle", "--without-gossip", "--loglevel", "INFO"
)  # fmt: skip


def main(settings: Settings) -> int:
    """Serve the queues that `-Q` names, or those of every configured base model; returns Celery's exit status."""
    database = open_database(settings.database_url)
    check_prerequisites(settings, database)
    database.close()  # connections do not survive the fork
    _check_models(settings)
    probe(settings)
    worker = make_celery_worker(settings)
    arguments = sys.argv[1:]
    queues = [] if {"-Q", "--queues"} & set(arguments) else ["-Q", ",".join(worker.queues)]
    hostname = ("--hostname", f"choreo-{os.getpid()}@%h")  # unique, so that one machine can run several workers
    return worker.run([*CELERY_ARGUMENTS, *hostname, *queues, *arguments])


def _check_models(settings: Settings) -> None:
    """Raises ConfigurationError for a folder of a model that is missing or has invalid files."""
    folders = {f"BASE_MODELS: {id}": folder for id, folder in settings.base_models.items()}
    folders |= {"CLIP_MODEL": settings.clip_model, "XCLIP_MODEL": settings.xclip_model}
    for name, folder in folders.items():
        if folder is not None and not folder.is_dir():
            raise ConfigurationError(f"{PREFIX}{name}: no folder {folder}")
    load_catalogue(settings)


if __name__ == "__main__":
    run(main)
