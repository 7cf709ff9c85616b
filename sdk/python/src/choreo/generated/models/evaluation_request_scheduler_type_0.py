from typing import Literal, cast

EvaluationRequestSchedulerType0 = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]


def check_evaluation_request_scheduler_type_0(value: object) -> EvaluationRequestSchedulerType0:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(EvaluationRequestSchedulerType0, value)
