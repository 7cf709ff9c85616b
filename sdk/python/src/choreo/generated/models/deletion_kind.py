from typing import Literal

DeletionKind = Literal["clip", "concept", "job"]

DELETION_KIND_VALUES: set[DeletionKind] = {
    "clip",
    "concept",
    "job",
}


def check_deletion_kind(value: str) -> DeletionKind:
    if value in DELETION_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {DELETION_KIND_VALUES!r}")
