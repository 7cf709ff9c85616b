from typing import Literal

JobNewsKind = Literal["evaluation", "generation", "training"]

JOB_NEWS_KIND_VALUES: set[JobNewsKind] = {
    "evaluation",
    "generation",
    "training",
}


def check_job_news_kind(value: str) -> JobNewsKind:
    if value in JOB_NEWS_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {JOB_NEWS_KIND_VALUES!r}")
