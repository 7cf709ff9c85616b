from typing import Literal

HighwayRequestModeType0 = Literal["full", "off", "release"]

HIGHWAY_REQUEST_MODE_TYPE_0_VALUES: set[HighwayRequestModeType0] = {
    "full",
    "off",
    "release",
}


def check_highway_request_mode_type_0(value: str) -> HighwayRequestModeType0:
    if value in HIGHWAY_REQUEST_MODE_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {HIGHWAY_REQUEST_MODE_TYPE_0_VALUES!r}")
