from typing import Literal

TrainingRecipeGradientCheckpointing = Literal["auto", "off", "on"]

TRAINING_RECIPE_GRADIENT_CHECKPOINTING_VALUES: set[TrainingRecipeGradientCheckpointing] = {
    "auto",
    "off",
    "on",
}


def check_training_recipe_gradient_checkpointing(value: str) -> TrainingRecipeGradientCheckpointing:
    if value in TRAINING_RECIPE_GRADIENT_CHECKPOINTING_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TRAINING_RECIPE_GRADIENT_CHECKPOINTING_VALUES!r}")
