from typing import Literal, cast

EvaluationSpecScheduler = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]


def check_evaluation_spec_scheduler(value: object) -> EvaluationSpecScheduler:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(EvaluationSpecScheduler, value)
