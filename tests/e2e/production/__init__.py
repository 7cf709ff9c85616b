"""Tests of a deployment. A package, so that its fixtures end with its last test and not with the session."""
