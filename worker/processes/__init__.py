"""Composition and lifetime of the worker's processes."""
