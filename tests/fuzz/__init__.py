"""The whole document, tried out by Schemathesis against the running service."""
