from typing import Literal

LogLineLevel = Literal["error", "info", "warning"]

LOG_LINE_LEVEL_VALUES: set[LogLineLevel] = {
    "error",
    "info",
    "warning",
}


def check_log_line_level(value: str) -> LogLineLevel:
    if value in LOG_LINE_LEVEL_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LOG_LINE_LEVEL_VALUES!r}")
