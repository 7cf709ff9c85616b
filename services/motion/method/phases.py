"""Phased LoRA Integration: adapter and highway for the first, noisy part of denoising only (METHOD 4)."""

from services.motion.errors import Unsuitable


def guided_steps(fraction: float, num_steps: int) -> int:
    """How many of `num_steps` denoising steps use adapter and highway; the plain base does the rest.

    Raises Unsuitable for a fraction outside [0, 1].
    """
    if not 0.0 <= fraction <= 1.0:
        raise Unsuitable(f"phase must be between 0 and 1, not {fraction}")
    return round(fraction * num_steps)
