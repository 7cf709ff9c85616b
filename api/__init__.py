"""The HTTP API: parse, authenticate, call a service, commit once, respond. Loads no torch, no Celery, no `motion`."""
