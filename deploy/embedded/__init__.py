"""The whole service on one machine in one process (docs/decisions/embedded.md); `python -m deploy.embedded` runs it."""
