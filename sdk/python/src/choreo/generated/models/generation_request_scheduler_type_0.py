from typing import Literal, cast

GenerationRequestSchedulerType0 = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]


def check_generation_request_scheduler_type_0(value: object) -> GenerationRequestSchedulerType0:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(GenerationRequestSchedulerType0, value)
