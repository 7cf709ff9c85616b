from typing import Literal, cast

HighwayMode = Literal["full", "off", "release"]


def check_highway_mode(value: object) -> HighwayMode:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(HighwayMode, value)
