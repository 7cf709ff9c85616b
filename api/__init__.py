"""The HTTP edge: parse, authenticate, call a service, commit once, answer. Loads no torch, no Celery, no `motion`."""
