from typing import Literal, cast

BaseModelReadiness = Literal["cold", "unserved", "warm"]


def check_base_model_readiness(value: object) -> BaseModelReadiness:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(BaseModelReadiness, value)
