"""Training of a motion adapter."""
