"""The HTTP API: authenticates requests, calls a service, commits once and responds. Imports no torch and no Celery."""
