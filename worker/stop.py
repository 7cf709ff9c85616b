"""Why an attempt stops before its end."""

from enum import StrEnum


class Why(StrEnum):
    """Who or what wants it to stop."""

    CANCELED = "canceled"
    DEADLINE = "deadline"
    FENCED = "fenced"
    LEAVING = "leaving"
    """This worker is going away; another one goes on."""


class Stopped(Exception):  # noqa: N818 - it is an outcome, not a fault
    """The attempt was told to stop, and has."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why
