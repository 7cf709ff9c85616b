"""Stable import path of the adapter functions (docs/method.md, section 2)."""

from services.motion.method.adapters import attach, target_modules

__all__ = ["attach", "target_modules"]
