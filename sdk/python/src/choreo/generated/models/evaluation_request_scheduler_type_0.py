from typing import Literal

EvaluationRequestSchedulerType0 = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]

EVALUATION_REQUEST_SCHEDULER_TYPE_0_VALUES: set[EvaluationRequestSchedulerType0] = {
    "ddim",
    "dpmpp_2m",
    "euler",
    "lcm",
    "unipc",
}


def check_evaluation_request_scheduler_type_0(value: str) -> EvaluationRequestSchedulerType0:
    if value in EVALUATION_REQUEST_SCHEDULER_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EVALUATION_REQUEST_SCHEDULER_TYPE_0_VALUES!r}")
