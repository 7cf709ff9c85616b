from typing import Literal

EvaluationSpecScheduler = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]

EVALUATION_SPEC_SCHEDULER_VALUES: set[EvaluationSpecScheduler] = {
    "ddim",
    "dpmpp_2m",
    "euler",
    "lcm",
    "unipc",
}


def check_evaluation_spec_scheduler(value: str) -> EvaluationSpecScheduler:
    if value in EVALUATION_SPEC_SCHEDULER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EVALUATION_SPEC_SCHEDULER_VALUES!r}")
