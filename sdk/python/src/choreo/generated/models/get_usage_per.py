from typing import Literal

GetUsagePer = Literal["day", "month"]

GET_USAGE_PER_VALUES: set[GetUsagePer] = {
    "day",
    "month",
}


def check_get_usage_per(value: str) -> GetUsagePer:
    if value in GET_USAGE_PER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GET_USAGE_PER_VALUES!r}")
