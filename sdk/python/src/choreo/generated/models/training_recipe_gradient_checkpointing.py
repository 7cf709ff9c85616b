from typing import Literal, cast

TrainingRecipeGradientCheckpointing = Literal["auto", "off", "on"]


def check_training_recipe_gradient_checkpointing(value: object) -> TrainingRecipeGradientCheckpointing:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(TrainingRecipeGradientCheckpointing, value)
