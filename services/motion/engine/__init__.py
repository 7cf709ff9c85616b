"""The engine process: `client` is what the worker imports, `server` runs in the process."""
