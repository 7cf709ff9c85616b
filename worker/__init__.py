"""The worker: a Celery worker that supervises the engine process, and the relay and sweep programs."""
