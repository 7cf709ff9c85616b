from typing import Literal

BaseModelSamplersItem = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]

BASE_MODEL_SAMPLERS_ITEM_VALUES: set[BaseModelSamplersItem] = {
    "ddim",
    "dpmpp_2m",
    "euler",
    "lcm",
    "unipc",
}


def check_base_model_samplers_item(value: str) -> BaseModelSamplersItem:
    if value in BASE_MODEL_SAMPLERS_ITEM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {BASE_MODEL_SAMPLERS_ITEM_VALUES!r}")
