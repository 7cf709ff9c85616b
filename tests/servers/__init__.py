"""The real servers that tests talk to, started as processes on free loopback ports and stopped with the session."""
