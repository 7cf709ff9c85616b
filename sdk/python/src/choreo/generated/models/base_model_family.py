from typing import Literal, cast

BaseModelFamily = Literal["animatediff", "unet3d", "wan"]


def check_base_model_family(value: object) -> BaseModelFamily:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(BaseModelFamily, value)
