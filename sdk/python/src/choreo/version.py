"""The version of this client, which is the version of the project."""

VERSION = "0.1.0"
