"""Adapter files: written, read, imported from other trainers, and their provenance."""
