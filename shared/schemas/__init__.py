"""Schemas of the HTTP API, and of the specifications that workers and the engine exchange."""
