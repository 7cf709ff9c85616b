"""`python -m worker`: a Celery worker as it runs in production. Arguments go to Celery (`-Q training.choreo-world`)."""

import os
import sys

FIXED = ("--pool", "prefork", "--concurrency", "1", "--without-mingle", "--without-gossip", "--loglevel", "INFO")


def main() -> None:
    """Serve the queues that `-Q` names, or those of every configured base model."""
    os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")  # TERM means a soft shutdown; billiard reads it when imported
    from shared.settings import Settings  # noqa: PLC0415 - after the environment
    from worker.process import make_process  # noqa: PLC0415 - the same

    process = make_process(Settings())
    asked = sys.argv[1:]
    queues = [] if {"-Q", "--queues"} & set(asked) else ["-Q", ",".join(process.queues)]
    process.app.worker_main(["worker", *FIXED, *queues, *asked])


if __name__ == "__main__":
    main()
