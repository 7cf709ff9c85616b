from typing import Literal, cast

HighwayRequestModeType0 = Literal["full", "off", "release"]


def check_highway_request_mode_type_0(value: object) -> HighwayRequestModeType0:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(HighwayRequestModeType0, value)
