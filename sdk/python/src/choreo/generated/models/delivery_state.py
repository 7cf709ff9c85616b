from typing import Literal, cast

DeliveryState = Literal["delivered", "disabled", "failed", "pending"]


def check_delivery_state(value: object) -> DeliveryState:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(DeliveryState, value)
