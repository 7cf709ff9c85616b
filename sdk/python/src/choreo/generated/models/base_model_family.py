from typing import Literal

BaseModelFamily = Literal["animatediff", "unet3d", "wan"]

BASE_MODEL_FAMILY_VALUES: set[BaseModelFamily] = {
    "animatediff",
    "unet3d",
    "wan",
}


def check_base_model_family(value: str) -> BaseModelFamily:
    if value in BASE_MODEL_FAMILY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {BASE_MODEL_FAMILY_VALUES!r}")
