from typing import Literal

ListJobsKindType0 = Literal["evaluation", "generation", "training"]

LIST_JOBS_KIND_TYPE_0_VALUES: set[ListJobsKindType0] = {
    "evaluation",
    "generation",
    "training",
}


def check_list_jobs_kind_type_0(value: str) -> ListJobsKindType0:
    if value in LIST_JOBS_KIND_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_JOBS_KIND_TYPE_0_VALUES!r}")
