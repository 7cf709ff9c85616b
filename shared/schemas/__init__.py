"""Closed, frozen models of everything that crosses the HTTP contract or the queue."""
