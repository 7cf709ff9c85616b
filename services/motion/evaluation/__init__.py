"""The evaluation recipe and its metrics."""
