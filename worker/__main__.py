"""`python -m worker`: a Celery worker as it runs in production. Arguments go to Celery (`-Q training.choreo-world`)."""

import os
import sys

from services.db.sessions import open_database
from shared.program import run
from shared.settings import Settings
from worker.processes.celery_worker import make_process
from worker.processes.program import check

FIXED = ("--pool", "prefork", "--concurrency", "1", "--without-mingle", "--without-gossip", "--loglevel", "INFO")


def main(settings: Settings) -> int:
    """Serve the queues that `-Q` names, or those of every configured base model; returns Celery's exit status."""
    database = open_database(settings.database_url)
    check(settings, database)
    database.close()  # connections do not survive the fork
    process = make_process(settings)
    asked = sys.argv[1:]
    queues = [] if {"-Q", "--queues"} & set(asked) else ["-Q", ",".join(process.queues)]
    name = ("--hostname", f"choreo-{os.getpid()}@%h")  # several may serve one machine
    return process.app.start(["worker", *FIXED, *name, *queues, *asked])


if __name__ == "__main__":
    run(main)
