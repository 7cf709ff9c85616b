"""Metrics of generated clips (docs/method.md, section 11)."""
