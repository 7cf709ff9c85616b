from typing import Literal

GenerationSpecScheduler = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]

GENERATION_SPEC_SCHEDULER_VALUES: set[GenerationSpecScheduler] = {
    "ddim",
    "dpmpp_2m",
    "euler",
    "lcm",
    "unipc",
}


def check_generation_spec_scheduler(value: str) -> GenerationSpecScheduler:
    if value in GENERATION_SPEC_SCHEDULER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GENERATION_SPEC_SCHEDULER_VALUES!r}")
