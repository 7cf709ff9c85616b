"""Base models by family: each module here loads one kind of network."""
