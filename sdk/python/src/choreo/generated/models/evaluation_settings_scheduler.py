from typing import Literal, cast

EvaluationSettingsScheduler = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]


def check_evaluation_settings_scheduler(value: object) -> EvaluationSettingsScheduler:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(EvaluationSettingsScheduler, value)
