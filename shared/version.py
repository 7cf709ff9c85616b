"""The version of the project: of the service, of its API document and of both clients."""

VERSION = "0.1.0"
"""`make release` changes it here and in the clients, which cannot import this module (docs/decisions/releases.md)."""
