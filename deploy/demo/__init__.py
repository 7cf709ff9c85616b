"""The demo: `python -m deploy.demo` compares two ways to train a motion through the real API."""
