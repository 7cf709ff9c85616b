"""Motion concepts, their immutable versions and aliases."""
