from typing import Literal, cast

ListJobsKindType0 = Literal["evaluation", "generation", "training"]


def check_list_jobs_kind_type_0(value: object) -> ListJobsKindType0:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(ListJobsKindType0, value)
