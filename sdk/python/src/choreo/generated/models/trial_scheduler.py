from typing import Literal

TrialScheduler = Literal["ddim", "unipc"]

TRIAL_SCHEDULER_VALUES: set[TrialScheduler] = {
    "ddim",
    "unipc",
}


def check_trial_scheduler(value: str) -> TrialScheduler:
    if value in TRIAL_SCHEDULER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TRIAL_SCHEDULER_VALUES!r}")
