from typing import Literal

EvaluationSettingsScheduler = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]

EVALUATION_SETTINGS_SCHEDULER_VALUES: set[EvaluationSettingsScheduler] = {
    "ddim",
    "dpmpp_2m",
    "euler",
    "lcm",
    "unipc",
}


def check_evaluation_settings_scheduler(value: str) -> EvaluationSettingsScheduler:
    if value in EVALUATION_SETTINGS_SCHEDULER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EVALUATION_SETTINGS_SCHEDULER_VALUES!r}")
