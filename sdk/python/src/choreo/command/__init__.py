"""The `choreo` command: what a person or a script does with a service, by the same client as everybody."""
