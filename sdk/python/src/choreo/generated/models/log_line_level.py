from typing import Literal, cast

LogLineLevel = Literal["error", "info", "warning"]


def check_log_line_level(value: object) -> LogLineLevel:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(LogLineLevel, value)
