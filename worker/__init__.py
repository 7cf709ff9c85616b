"""The Celery edge: answers rings, supervises the engine process, and runs the loops that keep the record moving."""
