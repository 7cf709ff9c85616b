"""The `choreo` command, built on the client."""
