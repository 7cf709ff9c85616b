"""The sampling recipe."""
