from typing import Literal, cast

GenerationSpecScheduler = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]


def check_generation_spec_scheduler(value: object) -> GenerationSpecScheduler:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(GenerationSpecScheduler, value)
