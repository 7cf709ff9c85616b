"""Stable import path of the Appearance Highway (docs/method.md, section 3)."""

from services.motion.method.highway import appearance_highway

__all__ = ["appearance_highway"]
