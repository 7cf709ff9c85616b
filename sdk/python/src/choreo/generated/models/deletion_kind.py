from typing import Literal, cast

DeletionKind = Literal["clip", "concept", "job"]


def check_deletion_kind(value: object) -> DeletionKind:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(DeletionKind, value)
