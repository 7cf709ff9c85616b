from typing import Literal, cast

TrainingRecipeRequestGradientCheckpointingType0 = Literal["auto", "off", "on"]


def check_training_recipe_request_gradient_checkpointing_type_0(
    value: object,
) -> TrainingRecipeRequestGradientCheckpointingType0:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(TrainingRecipeRequestGradientCheckpointingType0, value)
