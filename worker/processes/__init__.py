"""Composition and lifetime of the worker programs."""
