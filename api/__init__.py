"""The HTTP state: parse, authenticate, call a service, commit once, answer. Loads no torch, no Celery, no `motion`."""
