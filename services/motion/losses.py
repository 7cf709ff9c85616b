"""Stable import path of the training loss (docs/method.md, section 5)."""

from services.motion.method.losses import motion_loss

__all__ = ["motion_loss"]
