"""The real servers of the tests, started as processes on free loopback ports and stopped with the session."""
