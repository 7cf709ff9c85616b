"""The Celery application, its one task, and a Celery worker that runs in threads of another program."""
