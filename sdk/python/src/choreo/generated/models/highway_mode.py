from typing import Literal

HighwayMode = Literal["full", "off", "release"]

HIGHWAY_MODE_VALUES: set[HighwayMode] = {
    "full",
    "off",
    "release",
}


def check_highway_mode(value: str) -> HighwayMode:
    if value in HIGHWAY_MODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {HIGHWAY_MODE_VALUES!r}")
