"""`python -m worker`: a Celery worker as it runs in production. Arguments go to Celery (`-Q training.choreo-world`)."""

import os
import sys

from services.db.sessions import open_database
from shared.program import run
from shared.settings import Settings
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
    worker = make_celery_worker(settings)
    arguments = sys.argv[1:]
    queues = [] if {"-Q", "--queues"} & set(arguments) else ["-Q", ",".join(worker.queues)]
    hostname = ("--hostname", f"choreo-{os.getpid()}@%h")  # unique, so that one machine can run several workers
    return worker.run([*CELERY_ARGUMENTS, *hostname, *queues, *arguments])


if __name__ == "__main__":
    run(main)
