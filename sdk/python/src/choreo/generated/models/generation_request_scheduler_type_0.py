from typing import Literal

GenerationRequestSchedulerType0 = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]

GENERATION_REQUEST_SCHEDULER_TYPE_0_VALUES: set[GenerationRequestSchedulerType0] = {
    "ddim",
    "dpmpp_2m",
    "euler",
    "lcm",
    "unipc",
}


def check_generation_request_scheduler_type_0(value: str) -> GenerationRequestSchedulerType0:
    if value in GENERATION_REQUEST_SCHEDULER_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GENERATION_REQUEST_SCHEDULER_TYPE_0_VALUES!r}")
