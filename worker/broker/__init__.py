"""The Celery application, its one task, and a Celery worker that runs in a thread of another program."""
