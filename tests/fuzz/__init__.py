"""Fuzz tests: Schemathesis calls every operation of the OpenAPI document."""
