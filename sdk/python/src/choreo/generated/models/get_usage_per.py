from typing import Literal, cast

GetUsagePer = Literal["day", "month"]


def check_get_usage_per(value: object) -> GetUsagePer:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(GetUsagePer, value)
