from typing import Literal

BaseModelReadiness = Literal["cold", "unserved", "warm"]

BASE_MODEL_READINESS_VALUES: set[BaseModelReadiness] = {
    "cold",
    "unserved",
    "warm",
}


def check_base_model_readiness(value: str) -> BaseModelReadiness:
    if value in BASE_MODEL_READINESS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {BASE_MODEL_READINESS_VALUES!r}")
