from typing import Literal, cast

BaseModelSamplersItem = Literal["ddim", "dpmpp_2m", "euler", "lcm", "unipc"]


def check_base_model_samplers_item(value: object) -> BaseModelSamplersItem:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(BaseModelSamplersItem, value)
