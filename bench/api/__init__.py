"""The HTTP edge under load, next to the bare framework that does a single insert."""
